//! [`DatabaseRole`]: a role of the database as a type. [`RoleName`]: its name as a value.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use super::Grant;

/// A role of the database between a user and the service role, as a type.
///
/// Derive it with [`macro@DatabaseRole`](macro@crate::DatabaseRole), whose page lists the options. A
/// task with `auth = "role"` runs as the role, and takes a
/// [`RoleClient`](crate::RoleClient) of exactly that role:
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use supabase_task::client::InsertRow;
/// use supabase_task::prelude::*;
///
/// #[derive(Deserialize, Row)]
/// struct Order {
///     id: i64,
///     total: i64,
/// }
///
/// #[derive(Deserialize, Row)]
/// struct Report {
///     id: i64,
/// }
///
/// #[derive(Serialize)]
/// struct NewReport {
///     total: i64,
/// }
///
/// impl InsertRow for NewReport {
///     type Row = Report;
/// }
///
/// /// Reads orders and writes reports. Nothing else.
/// #[derive(DatabaseRole)]
/// #[role(name = "reporter", select(Order), insert(Report))]
/// struct Reporter;
///
/// #[supabase_task(auth = "role", role = Reporter)]
/// async fn daily_report(_tick: Tick, supabase: RoleClient<Reporter>) -> TaskResult<()> {
///     let orders = supabase.table::<Order>().rows().await?;
///     let total = orders.iter().map(|order| order.total).sum();
///     supabase.table::<Report>().insert(&NewReport { total }).await?;
///     Ok(())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a role of the database: put `#[derive(DatabaseRole)]` on it",
    label = "not a `DatabaseRole`",
    note = "a role is a unit struct: `#[derive(DatabaseRole)] #[role(name = \"reporter\", select(Order))] struct Reporter;`"
)]
pub trait DatabaseRole: Send + Sync + 'static {
    /// The role's name in the database.
    const NAME: &'static str;

    /// What the role may do.
    const GRANTS: &'static [Grant];
}

/// Acts as the role `R`: Row Level Security applies, and the role's grants.
pub struct Role<R> {
    #[expect(dead_code, reason = "no value of this type exists")]
    never: Infallible,
    role: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for Role<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { role, .. } = self;
        f.debug_tuple("Role").field(role).finish()
    }
}

impl<R: DatabaseRole> Role<R> {
    /// The role's name, checked when it is compiled.
    pub(super) const NAME: RoleName = RoleName::of(R::NAME);
}

/// The longest name that PostgreSQL takes, in bytes.
const LONGEST_NAME: usize = 63;

/// The name of a role: 1 to 63 bytes. Kept in place, so that a [`Principal`](super::Principal) is `Copy`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName {
    bytes: [u8; LONGEST_NAME],
    length: u8,
}

impl RoleName {
    /// Returns the name, which the derive has checked. A name in an impl by hand is checked here.
    const fn of(name: &'static str) -> Self {
        assert!(
            !is_reserved(name),
            "no task runs as this role: it is PostgreSQL's or Supabase's own"
        );
        assert!(
            is_name(name),
            "a role's name has 1 to 63 bytes, none of which is NUL"
        );
        Self::copied(name)
    }

    /// Returns the name; `None` if no role can have it.
    #[cfg(any(test, feature = "postgres"))]
    pub(crate) fn new(name: &str) -> Option<Self> {
        is_name(name).then(|| Self::copied(name))
    }

    /// Copies a name that PostgreSQL can take.
    const fn copied(name: &str) -> Self {
        let text = name.as_bytes();
        let mut bytes = [0; LONGEST_NAME];
        let mut length = 0;
        while (length as usize) < text.len() {
            bytes[length as usize] = text[length as usize];
            length += 1;
        }
        Self { bytes, length }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length));
        // It was made of text.
        std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// Roles of Supabase and PostgreSQL that see more than a user's rows, or belong to the platform.
const PRIVILEGED: &[&str] = &[
    "service_role",
    "postgres",
    "authenticator",
    "dashboard_user",
    "pgbouncer",
    "none",
    "public",
];

/// Prefixes of PostgreSQL's and the platform's own roles: `pg_read_all_data`, `supabase_admin`, …
const PRIVILEGED_PREFIXES: &[&str] = &["pg_", "supabase_", "pgsodium_", "pgtle_"];

/// Roles that have an auth mode of their own.
const BUILT_IN: &[&str] = &["anon", "authenticated"];

/// Whether a role is PostgreSQL's or Supabase's own, and more powerful than a user or of no use to one.
pub(crate) const fn is_privileged(role: &str) -> bool {
    let mut at = 0;
    while at < PRIVILEGED.len() {
        if PRIVILEGED[at].len() == role.len() && starts_with(role, PRIVILEGED[at]) {
            return true;
        }
        at += 1;
    }
    let mut at = 0;
    while at < PRIVILEGED_PREFIXES.len() {
        if starts_with(role, PRIVILEGED_PREFIXES[at]) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether PostgreSQL can take a name.
const fn is_name(name: &str) -> bool {
    let text = name.as_bytes();
    let mut at = 0;
    while at < text.len() {
        if text[at] == 0 {
            return false;
        }
        at += 1;
    }
    !text.is_empty() && text.len() <= LONGEST_NAME
}

const fn is_reserved(role: &str) -> bool {
    let mut at = 0;
    while at < BUILT_IN.len() {
        if BUILT_IN[at].len() == role.len() && starts_with(role, BUILT_IN[at]) {
            return true;
        }
        at += 1;
    }
    is_privileged(role)
}

/// Compares without regard to ASCII case.
const fn starts_with(text: &str, start: &str) -> bool {
    let (text, start) = (text.as_bytes(), start.as_bytes());
    if text.len() < start.len() {
        return false;
    }
    let mut at = 0;
    while at < start.len() {
        if !text[at].eq_ignore_ascii_case(&start[at]) {
            return false;
        }
        at += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_to_the_letter() {
        for name in ["reporter", "größe", "Reporter \"x\"", &"x".repeat(63)] {
            assert_eq!(RoleName::new(name).unwrap().as_str(), name);
            assert_eq!(RoleName::new(name).unwrap().to_string(), name);
        }
    }

    #[test]
    fn names_that_postgresql_cannot_take_are_none() {
        for name in ["", "a\0b", &"x".repeat(64), &"ß".repeat(32)] {
            assert_eq!(RoleName::new(name), None, "{name}");
        }
    }

    /// The derive has a list of its own, and the same test.
    #[test]
    fn names_that_the_derive_refuses_are_reserved() {
        for name in include_str!("../../../macros/src/tests/reserved_roles.txt").lines() {
            assert!(is_reserved(name), "{name}");
        }
    }

    #[test]
    fn roles_of_the_platform_are_reserved() {
        for name in [
            "service_role",
            "SERVICE_ROLE",
            "postgres",
            "supabase_admin",
            "authenticator",
            "pg_read_all_data",
            "public",
        ] {
            assert!(is_privileged(name) && is_reserved(name), "{name}");
        }
        for name in ["anon", "authenticated"] {
            assert!(!is_privileged(name) && is_reserved(name), "{name}");
        }
        for name in [
            "reporter",
            "page_writer",
            "pg",
            "pgsodium",
            "service_role_2",
            "anonymous",
        ] {
            assert!(!is_reserved(name), "{name}");
        }
    }
}
