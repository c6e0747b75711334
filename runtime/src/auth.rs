//! The identities a task can run as.
//!
//! Every task names one of three modes, and every [`Client`](crate::client::Client) has exactly
//! one: [`User`], [`Service`] or [`Anon`]. The set is closed: [`AuthMode`] is sealed.

use std::fmt;

use crate::UserId;

/// One of the three identities: [`User`], [`Service`] or [`Anon`]. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an auth mode",
    label = "not an auth mode",
    note = "the modes are `User`, `Service` and `Anon`; the set is closed, so that no code can invent an identity"
)]
pub trait AuthMode: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// The identity of a run in this mode: a [`UserId`] for [`User`], `()` for the others.
    type Identity: Copy + fmt::Debug + Send + Sync + 'static;

    /// The mode as a value.
    const KIND: AuthKind;

    /// Returns the mode and its identity as a value.
    fn principal(identity: Self::Identity) -> Principal;
}

/// Acts as one user: Row Level Security applies, through a JWT signed for that user.
#[derive(Debug)]
pub enum User {}

/// Acts as the service role: bypasses Row Level Security.
#[derive(Debug)]
pub enum Service {}

/// Acts as the `anon` role, like a visitor who is not signed in.
#[derive(Debug)]
pub enum Anon {}

impl AuthMode for User {
    type Identity = UserId;
    const KIND: AuthKind = AuthKind::User;

    fn principal(user: UserId) -> Principal {
        Principal::User(user)
    }
}

impl AuthMode for Service {
    type Identity = ();
    const KIND: AuthKind = AuthKind::Service;

    fn principal((): ()) -> Principal {
        Principal::Service
    }
}

impl AuthMode for Anon {
    type Identity = ();
    const KIND: AuthKind = AuthKind::Anon;

    fn principal((): ()) -> Principal {
        Principal::Anon
    }
}

/// An [`AuthMode`] as a value, as written in `auth = "…"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthKind {
    /// `auth = "user"`
    User,
    /// `auth = "service"`
    Service,
    /// `auth = "anon"`
    Anon,
}

impl AuthKind {
    /// Returns the word used in the attribute: `user`, `service` or `anon`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Anon => "anon",
        }
    }
}

impl fmt::Display for AuthKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The identity a run acts as. An engine stores this, never a token or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// One user.
    User(UserId),
    /// The service role.
    Service,
    /// A visitor who is not signed in.
    Anon,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user {user}"),
            Self::Service => f.write_str("the service role"),
            Self::Anon => f.write_str("the anon role"),
        }
    }
}

mod sealed {
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be an auth mode: the modes are `User`, `Service` and `Anon`",
        label = "not an auth mode",
        note = "the set is closed, so that no code can invent an identity"
    )]
    pub trait Sealed {}
    #[diagnostic::do_not_recommend]
    impl Sealed for super::User {}
    #[diagnostic::do_not_recommend]
    impl Sealed for super::Service {}
    #[diagnostic::do_not_recommend]
    impl Sealed for super::Anon {}
}
