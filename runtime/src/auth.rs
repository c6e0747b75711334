//! The identities a task can run as.
//!
//! Every task names one of four modes, and every [`Client`](crate::client::Client) has exactly
//! one: [`User`], [`Service`], [`Anon`] or [`Role<R>`]. The set is closed: [`AuthMode`] is sealed.

mod entry;
mod grant;
mod role;

use std::fmt;

use crate::UserId;

pub use self::entry::{RoleEntry, linked_roles};
pub use self::grant::{Grant, Privilege};
pub(crate) use self::role::is_privileged;
pub use self::role::{DatabaseRole, Role, RoleName};

/// One of the identities: [`User`], [`Service`], [`Anon`] or [`Role<R>`]. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an auth mode",
    label = "not an auth mode",
    note = "the modes are `User`, `Service`, `Anon` and `Role<R>`; the set is closed, so that no code can invent an identity"
)]
pub trait AuthMode: sealed::Sealed + fmt::Debug + Send + Sync + 'static {
    /// The identity of a run in this mode: a [`UserId`] for [`User`], an `Option` of one for
    /// [`Role<R>`], `()` for the others.
    type Identity: Copy + fmt::Debug + Send + Sync + 'static;

    /// Which tables [`Client::table`](crate::Client::table) gives: those of the role `R`, or
    /// [`AnyTable`].
    type Tables: 'static;

    /// The mode as a value.
    const KIND: AuthKind;

    /// The role of the database, if the mode is [`Role<R>`].
    const ROLE: Option<RoleName> = None;

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

/// The tables of an identity whose rights are not declared as types: the compiler allows every table,
/// and the database decides.
#[derive(Debug)]
pub enum AnyTable {}

impl AuthMode for User {
    type Identity = UserId;
    type Tables = AnyTable;
    const KIND: AuthKind = AuthKind::User;

    fn principal(user: UserId) -> Principal {
        Principal::User(user)
    }
}

impl AuthMode for Service {
    type Identity = ();
    type Tables = AnyTable;
    const KIND: AuthKind = AuthKind::Service;

    fn principal((): ()) -> Principal {
        Principal::Service
    }
}

impl AuthMode for Anon {
    type Identity = ();
    type Tables = AnyTable;
    const KIND: AuthKind = AuthKind::Anon;

    fn principal((): ()) -> Principal {
        Principal::Anon
    }
}

impl<R: DatabaseRole> AuthMode for Role<R> {
    type Identity = Option<UserId>;
    type Tables = R;
    const KIND: AuthKind = AuthKind::Role;
    const ROLE: Option<RoleName> = Some(Self::NAME);

    fn principal(user: Option<UserId>) -> Principal {
        let role = Self::NAME;
        Principal::Role { role, user }
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
    /// `auth = "role"`
    Role,
}

impl AuthKind {
    /// Every mode.
    pub(crate) const ALL: [Self; 4] = [Self::User, Self::Service, Self::Anon, Self::Role];

    /// Returns the word used in the attribute: `user`, `service`, `anon` or `role`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
            Self::Anon => "anon",
            Self::Role => "role",
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
    /// A role of the database.
    Role {
        /// The role.
        role: RoleName,
        /// The user on whose behalf it acts, if any.
        user: Option<UserId>,
    },
}

impl Principal {
    /// Returns the user that it is, or acts for.
    pub fn user(&self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(*user),
            Self::Role { user, .. } => *user,
            Self::Service | Self::Anon => None,
        }
    }
}

/// The identity that a run was stored for. SQL that triggers a run does not know the user whom its payload
/// names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoredIdentity {
    /// This identity. A role without a user may act for the one that the payload names.
    Is(Principal),
    /// The user that the payload names.
    #[cfg(any(test, feature = "postgres"))]
    AnyUser,
    /// None that this version knows.
    Unknown,
}

impl StoredIdentity {
    /// Whether the run may run as the identity that its payload names.
    pub(crate) fn allows(&self, named: &Principal) -> bool {
        match (self, named) {
            (
                Self::Is(Principal::Role { role, user: None }),
                Principal::Role { role: named, .. },
            ) => role == named,
            (Self::Is(stored), named) => stored == named,
            #[cfg(any(test, feature = "postgres"))]
            (Self::AnyUser, named) => matches!(named, Principal::User(_)),
            (Self::Unknown, _) => false,
        }
    }

    /// Returns the identity, as far as it is stored.
    #[cfg(feature = "postgres")]
    pub(crate) fn principal(self) -> Option<Principal> {
        match self {
            Self::Is(principal) => Some(principal),
            Self::AnyUser | Self::Unknown => None,
        }
    }

    /// Whether the payload may name a user who is not stored.
    #[cfg(feature = "postgres")]
    pub(crate) fn lacks_user(&self) -> bool {
        matches!(
            self,
            Self::AnyUser | Self::Is(Principal::Role { user: None, .. })
        )
    }
}

impl fmt::Display for StoredIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(principal) => principal.fmt(f),
            #[cfg(any(test, feature = "postgres"))]
            Self::AnyUser => f.write_str("a user"),
            Self::Unknown => f.write_str("an identity that this version does not know"),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(f, "user {user}"),
            Self::Service => f.write_str("the service role"),
            Self::Anon => f.write_str("the anon role"),
            Self::Role { role, user: None } => write!(f, "the role {role}"),
            Self::Role {
                role,
                user: Some(user),
            } => write!(f, "the role {role} for user {user}"),
        }
    }
}

mod sealed {
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be an auth mode: the modes are `User`, `Service`, `Anon` and `Role<R>`",
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
    #[diagnostic::do_not_recommend]
    impl<R: super::DatabaseRole> Sealed for super::Role<R> {}
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_run_runs_as_the_identity_that_it_was_stored_for() {
        let users = [1, 2].map(|n| UserId::from(Uuid::from_u128(n)));
        let role = |name: &str, user| Principal::Role {
            role: RoleName::new(name).unwrap(),
            user,
        };
        let all = [
            Principal::User(users[0]),
            Principal::User(users[1]),
            Principal::Service,
            Principal::Anon,
            role("a", None),
            role("a", Some(users[0])),
            role("a", Some(users[1])),
            role("b", None),
            role("b", Some(users[0])),
        ];
        for (at, stored) in all.iter().enumerate() {
            for (other, named) in all.iter().enumerate() {
                // What SQL stored for a role may act for any user that its payload names.
                let is_filled_in = at == 4 && (4..7).contains(&other) || at == 7 && other >= 7;
                assert_eq!(
                    StoredIdentity::Is(*stored).allows(named),
                    at == other || is_filled_in,
                    "{stored} {named}"
                );
            }
            let is_user = matches!(stored, Principal::User(_));
            assert_eq!(StoredIdentity::AnyUser.allows(stored), is_user, "{stored}");
            assert!(!StoredIdentity::Unknown.allows(stored), "{stored}");
        }
    }

    #[test]
    fn an_identity_says_who_it_is() {
        let user = UserId::from(Uuid::from_u128(1));
        let role = RoleName::new("reporter").unwrap();
        let for_user = Principal::Role {
            role,
            user: Some(user),
        };
        assert_eq!(
            for_user.to_string(),
            format!("the role reporter for user {user}")
        );
        assert_eq!(for_user.user(), Some(user));
        let alone = Principal::Role { role, user: None };
        assert_eq!(alone.to_string(), "the role reporter");
        assert_eq!(alone.user(), None);
    }
}
