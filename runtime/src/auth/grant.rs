//! [`Grant`]: one thing that a role may do. [`RoleEntry`]: a role of this program.

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

/// A role that is declared in this program.
pub struct RoleEntry {
    name: &'static str,
    grants: &'static [Grant],
    file: &'static str,
    line: u32,
}

inventory::collect!(RoleEntry);

/// Returns every role declared in this program, in no particular order.
pub fn linked_roles() -> impl Iterator<Item = &'static RoleEntry> {
    inventory::iter::<RoleEntry>.into_iter()
}

impl RoleEntry {
    /// Creates the entry of a role declared at `file` and `line`.
    #[doc(hidden)]
    pub const fn of<R: super::DatabaseRole>(file: &'static str, line: u32) -> Self {
        Self {
            name: R::NAME,
            grants: R::GRANTS,
            file,
            line,
        }
    }

    /// Returns the role's name in the database.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what the role may do.
    pub fn grants(&self) -> &'static [Grant] {
        self.grants
    }

    /// Returns where the role is declared, such as `src/roles.rs:12`.
    pub fn location(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

impl fmt::Debug for RoleEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleEntry")
            .field("name", &self.name)
            .field("grants", &self.grants)
            .field("location", &self.location())
            .finish()
    }
}
