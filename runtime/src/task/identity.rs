//! [`TaskUser`]: what can say which user a task runs as. [`PayloadNeedsFieldUserIdOrOptionUser`]: where it is
//! looked for.

use std::ops::Deref;

use uuid::Uuid;

use crate::UserId;

/// A user's id, as `payload.user_id` or `user = …` gives it: [`UserId`] or [`Uuid`]. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say which user a task runs as: write `UserId` or `uuid::Uuid`",
    label = "the user's id is of type `{Self}`",
    note = "a user id is a UUID, because `auth.uid()` casts the token's `sub` to one: parse it where the payload is made",
    note = "a task always runs as somebody: for an optional user, decide before the task is run"
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
/// Its name, in rustc's words about a field that is missing, is the only place for a word of ours.
/// rustc adds the fields that there are, since it looks for them behind the `Deref`.
#[doc(hidden)]
#[derive(Debug)]
pub struct PayloadNeedsFieldUserIdOrOptionUser<T>(T);

impl<T> PayloadNeedsFieldUserIdOrOptionUser<T> {
    /// Takes a reference to the payload.
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
