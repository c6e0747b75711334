//! [`Subject`]: whom a token is for.

use crate::UserId;
use crate::auth::RoleName;

/// Whom a token is for: a user, or a role of the database that may act for one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject {
    /// `None` for the role of the project's users.
    pub(super) role: Option<RoleName>,
    pub(super) user: Option<UserId>,
}

impl Subject {
    pub(crate) fn user(user: UserId) -> Self {
        Self {
            role: None,
            user: Some(user),
        }
    }

    pub(crate) fn role(role: RoleName, user: Option<UserId>) -> Self {
        Self {
            role: Some(role),
            user,
        }
    }
}
