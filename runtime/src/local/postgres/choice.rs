//! [`LocalPostgres`]: which PostgreSQL a stack uses.

use std::fmt;

use secrecy::SecretString;

use crate::local::LocalError;

/// The environment variable that chooses for every stack of a process.
pub(super) const VARIABLE: &str = "SUPABASE_TASK_POSTGRES";

/// Which PostgreSQL a [`LocalSupabase`](crate::LocalSupabase) uses.
///
/// Without a choice, a stack uses an installed PostgreSQL if there is one, otherwise the embedded one. The
/// environment variable `SUPABASE_TASK_POSTGRES` chooses for all stacks that do not choose themselves:
/// `installed`, `embedded`, or the URL of a server, on which each stack creates a database of its own and drops
/// it when it ends. (A process that is killed leaves it behind. Roles stay on the server in any case, and its
/// stacks share them.)
///
/// ```no_run
/// # async fn example() -> Result<(), supabase_task::LocalError> {
/// use supabase_task::{LocalPostgres, LocalSupabase};
///
/// let stack = LocalSupabase::builder()
///     .postgres(LocalPostgres::Embedded)
///     .start()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum LocalPostgres {
    /// An installed PostgreSQL. It is found by its programs `initdb` and `postgres`: on `PATH`, in
    /// `pg_config --bindir`, or where packages install them. A server is started in a temporary folder, once for
    /// the process, and each stack has a database of its own in it. Unix only.
    ///
    /// Version 14 is used only if you choose this; without a choice, the version must be 15 or later.
    ///
    /// A project whose migrations, SQL or seed change roles or databases gets a server of its own, because these
    /// belong to the whole server. What you run with [`execute`](crate::LocalSupabase::execute) comes too late for
    /// that: create roles with [`sql`](crate::local::LocalSupabaseBuilder::sql).
    Installed,
    /// The PostgreSQL 18 that is part of this crate, compiled to WebAssembly. It needs nothing, and runs one
    /// statement at a time. Its first start on a machine takes some seconds more: it prepares its data in the
    /// account's cache folder.
    ///
    /// The extensions `pgcrypto` and `uuid-ossp` are in the schema `extensions` from the start. These are there
    /// for a project whose migrations, SQL or seed create them: `btree_gin`, `btree_gist`, `citext`, `cube`,
    /// `earthdistance`, `fuzzystrmatch`, `hstore`, `intarray`, `ltree`, `pg_trgm`, `tablefunc` and `unaccent`.
    Embedded,
    /// The database at this URL, as with
    /// [`database_url`](crate::local::LocalSupabaseBuilder::database_url).
    Url(SecretString),
}

impl From<&str> for LocalPostgres {
    /// The database at this URL.
    fn from(url: &str) -> Self {
        Self::Url(url.into())
    }
}

// By hand: a URL holds a password.
impl fmt::Debug for LocalPostgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Installed => "Installed",
            Self::Embedded => "Embedded",
            Self::Url(_) => "Url([redacted])",
        })
    }
}

/// What a stack starts with.
#[derive(Debug)]
pub(in crate::local) enum Choice {
    /// An installed server, otherwise the embedded one.
    Best,
    Installed,
    Embedded,
    /// The database at this URL.
    Database(SecretString),
    /// A new database on the server at this URL.
    Server(SecretString),
}

impl Choice {
    /// Returns the stack's own choice, otherwise that of the environment.
    pub(in crate::local) fn new(own: Option<LocalPostgres>) -> Result<Self, LocalError> {
        match own {
            Some(LocalPostgres::Installed) => Ok(Self::Installed),
            Some(LocalPostgres::Embedded) => Ok(Self::Embedded),
            Some(LocalPostgres::Url(url)) => Ok(Self::Database(url)),
            None => Self::of_variable(std::env::var(VARIABLE).ok().as_deref()),
        }
    }

    fn of_variable(value: Option<&str>) -> Result<Self, LocalError> {
        match value.unwrap_or_default().trim() {
            "" => Ok(Self::Best),
            "installed" => Ok(Self::Installed),
            "embedded" => Ok(Self::Embedded),
            url if url.contains("://") => Ok(Self::Server(url.into())),
            // Not quoted: it may be a URL that was cut, with a password.
            _ => Err(LocalError::PostgresVariable),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_chooses_or_is_refused_without_being_shown() {
        let of = |value| Choice::of_variable(value);
        assert!(matches!(of(None), Ok(Choice::Best)));
        assert!(matches!(of(Some(" ")), Ok(Choice::Best)));
        assert!(matches!(of(Some("installed")), Ok(Choice::Installed)));
        assert!(matches!(of(Some("embedded")), Ok(Choice::Embedded)));
        let url = of(Some("postgres://me:hunter2@localhost/db"));
        assert!(matches!(url, Ok(Choice::Server(_))));
        assert!(!format!("{url:?}").contains("hunter2"));
        let error = of(Some("me:hunter2@localhost")).unwrap_err().to_string();
        assert!(error.contains(VARIABLE), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn a_url_is_not_shown() {
        let choice = LocalPostgres::from("postgres://me:hunter2@localhost/db");
        assert_eq!(format!("{choice:?}"), "Url([redacted])");
    }
}
