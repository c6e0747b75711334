//! The identities a task can run as.
//!
//! Every task names one of three modes, and every [`Client`](crate::client::Client) is of exactly
//! one: [`User`], [`Service`] or [`Anon`]. The set is closed: [`AuthMode`] is sealed.

use std::fmt;

/// One of the three identities: [`User`], [`Service`] or [`Anon`]. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an auth mode",
    label = "not an auth mode",
    note = "the modes are `User`, `Service` and `Anon`; the set is closed, so that no code can invent an identity"
)]
pub trait AuthMode: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// Who a run in this mode acts for: a [`UserId`](crate::UserId) for [`User`], `()` for the others.
    type Identity: Copy + fmt::Debug + Send + Sync + 'static;

    /// The mode as a value.
    const KIND: AuthKind;
}

/// Acts as one user: Row Level Security applies, through a JWT signed for that user.
#[derive(Debug)]
pub enum User {}

/// Acts as the service role: bypasses Row Level Security.
#[derive(Debug)]
pub enum Service {}

/// Acts as nobody in particular: the `anon` role, as a visitor who is not signed in.
#[derive(Debug)]
pub enum Anon {}

impl AuthMode for User {
    type Identity = crate::UserId;
    const KIND: AuthKind = AuthKind::User;
}

impl AuthMode for Service {
    type Identity = ();
    const KIND: AuthKind = AuthKind::Service;
}

impl AuthMode for Anon {
    type Identity = ();
    const KIND: AuthKind = AuthKind::Anon;
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
    /// The word used in the attribute: `user`, `service` or `anon`.
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

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::User {}
    impl Sealed for super::Service {}
    impl Sealed for super::Anon {}
}
