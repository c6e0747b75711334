//! [`DatabaseUrl`]: where the project's PostgreSQL is.

use std::fmt;

use sqlx::postgres::PgConnectOptions;

use crate::reach::{self, Encryption};

/// A checked URL of the project's PostgreSQL. It holds a password, so it is never shown.
#[derive(Clone)]
pub(crate) struct DatabaseUrl {
    pub(crate) options: PgConnectOptions,
    /// Whether the URL says that it leads to a transaction pooler.
    pub(crate) says_pooled: bool,
    /// Why the connection is not fully protected, and what to do.
    pub(crate) weakness: Option<String>,
}

impl DatabaseUrl {
    /// Parses it. The error is the middle of a sentence, and does not quote the URL.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let url = url.trim();
        let is_url = ["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme));
        let options = match is_url {
            true => reach::options(url),
            false => Err(""),
        };
        let options = options.map_err(|_| {
            "is not the URL of a PostgreSQL database, in which special characters of the password are \
             percent-encoded"
        })?;
        let encryption = reach::assess(&options, false)
            .map_err(|problem| format!("leads to a connection that is refused: {problem}"))?;
        Ok(Self {
            options,
            says_pooled: reach::says_pgbouncer(url),
            weakness: match encryption {
                Encryption::Weak(problem) => Some(problem),
                Encryption::Local | Encryption::Verified => None,
            },
        })
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({})", reach::place(&self.options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_checked_and_never_shown() {
        let url = DatabaseUrl::parse(
            "postgresql://tasks:hunter2@aws-0-eu-central-1.pooler.supabase.com:6543/postgres\
             ?sslmode=verify-full&pgbouncer=true",
        )
        .unwrap();
        assert!(url.says_pooled && url.weakness.is_none());
        assert!(!format!("{url:?}").contains("hunter2"));

        let weak =
            DatabaseUrl::parse("postgres://tasks:hunter2@db.abc.supabase.co/x?sslmode=require");
        assert!(weak.unwrap().weakness.unwrap().contains("verify-full"));

        for wrong in [
            "https://hunter2@abc.supabase.co",
            "hunter2",
            "postgres://u:12/hunter2@host/db",
            "postgres://tasks:hunter2@db.abc.supabase.co/postgres",
        ] {
            let problem = DatabaseUrl::parse(wrong).unwrap_err();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }
}
