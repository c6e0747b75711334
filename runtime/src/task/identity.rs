//! [`TaskUser`]: what can say which user a task runs as.

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

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::UserId {}
    impl Sealed for super::Uuid {}
    #[diagnostic::do_not_recommend]
    impl<T: Sealed + ?Sized> Sealed for &T {}
}
