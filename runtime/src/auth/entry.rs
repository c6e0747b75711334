//! [`RoleEntry`]: a role that is declared in this program.

use std::fmt;

use super::{DatabaseRole, Grant};

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
    pub const fn of<R: DatabaseRole>(file: &'static str, line: u32) -> Self {
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
