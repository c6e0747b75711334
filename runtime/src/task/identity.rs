//! [`TaskUser`]: the id of the user that a task runs as. [`PayloadNeedsFieldUserIdOrOptionUser`]: the payload
//! that contains it.

use std::ops::Deref;

use uuid::Uuid;

use crate::UserId;

/// The type of a user's id in `payload.user_id` or `user = …`: [`UserId`] or [`Uuid`]. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say which user a task runs as: write `UserId` or `uuid::Uuid`",
    label = "the user's id is of type `{Self}`",
    note = "a user id is a UUID, because `auth.uid()` casts the token's `sub` to one: parse it where the payload is made",
    note = "a user task always runs as a user: handle an optional user before the task is run"
)]
pub trait TaskUser: sealed::Sealed {
    #[doc(hidden)]
    fn user_id(&self) -> UserId;
}

#[diagnostic::do_not_recommend]
impl TaskUser for UserId {
    fn user_id(&self) -> UserId {
        *self
    }
}

#[diagnostic::do_not_recommend]
impl TaskUser for Uuid {
    fn user_id(&self) -> UserId {
        UserId::from(*self)
    }
}

#[diagnostic::do_not_recommend]
impl<T: TaskUser + ?Sized> TaskUser for &T {
    fn user_id(&self) -> UserId {
        T::user_id(self)
    }
}

/// The payload of a user task whose attribute has no `user = …`: it must have a field `user_id`.
///
/// rustc prints the type's name in its error about the missing field, which is the only way to add a hint
/// there. Because of the `Deref`, rustc also lists the payload's fields.
#[doc(hidden)]
#[derive(Debug)]
pub struct PayloadNeedsFieldUserIdOrOptionUser<T>(T);

impl<T> PayloadNeedsFieldUserIdOrOptionUser<T> {
    /// Wraps a reference to the payload.
    pub const fn new(payload: T) -> Self {
        Self(payload)
    }
}

impl<T> Deref for PayloadNeedsFieldUserIdOrOptionUser<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::UserId {}
    impl Sealed for super::Uuid {}
    #[diagnostic::do_not_recommend]
    impl<T: Sealed + ?Sized> Sealed for &T {}
}
