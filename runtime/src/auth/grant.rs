//! [`Grant`]: one thing that a role may do.

use std::fmt;

/// What a [`Grant`] allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// To read rows.
    Select,
    /// To insert rows.
    Insert,
    /// To update rows.
    Update,
    /// To delete rows.
    Delete,
}

impl Privilege {
    /// Returns the privilege's name in SQL: `select`, `insert`, `update` or `delete`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One privilege of a role on one table, as declared with
/// [`#[derive(DatabaseRole)]`](macro@crate::DatabaseRole).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// What is allowed.
    pub privilege: Privilege,
    /// The table's schema.
    pub schema: &'static str,
    /// The table or view.
    pub table: &'static str,
    /// The columns it is limited to, in PostgREST's notation; empty if it is the whole table.
    pub columns: &'static [&'static str],
}
