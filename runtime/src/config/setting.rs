//! The settings of a project: the purpose of each, and where to find it.

use std::fmt;

use crate::auth::AuthKind;

pub(super) const JWT_SIGNING_KEY: &str = "SUPABASE_JWT_SIGNING_KEY";
#[cfg(feature = "sql")]
const DATABASE_URL: &str = "SUPABASE_DB_URL";
pub(super) const JWT_SECRET: &str = "SUPABASE_JWT_SECRET";

/// One setting of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    Url,
    PublishableKey,
    SecretKey,
    Signing,
    #[cfg(feature = "sql")]
    Database,
}

/// Where a value was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The name of an environment variable.
    Variable(&'static str),
    /// The name of a method of the builder.
    Builder(&'static str),
}

impl Setting {
    #[cfg(feature = "cli")]
    pub(super) const ALL: &[Self] = &[
        Self::Url,
        Self::PublishableKey,
        Self::SecretKey,
        Self::Signing,
        #[cfg(feature = "sql")]
        Self::Database,
    ];

    /// The variables that can hold it; an earlier one wins.
    ///
    /// The names are Supabase's, except `SUPABASE_JWT_SIGNING_KEY`, for which Supabase has no name.
    pub(super) fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Url => &["SUPABASE_URL", "SUPABASE_PROJECT_URL"],
            Self::PublishableKey => &[
                "SUPABASE_PUBLISHABLE_KEYS",
                "SUPABASE_PUBLISHABLE_KEY",
                "SUPABASE_ANON_KEY",
            ],
            Self::SecretKey => &[
                "SUPABASE_SECRET_KEYS",
                "SUPABASE_SECRET_KEY",
                "SUPABASE_SERVICE_ROLE_KEY",
            ],
            Self::Signing => &[JWT_SIGNING_KEY, JWT_SECRET],
            #[cfg(feature = "sql")]
            Self::Database => &[DATABASE_URL],
        }
    }

    /// The variable to set when none is.
    pub(super) fn usual_variable(self) -> &'static str {
        match self {
            Self::Url => "SUPABASE_URL",
            Self::PublishableKey => "SUPABASE_PUBLISHABLE_KEY",
            Self::SecretKey => "SUPABASE_SECRET_KEY",
            Self::Signing => JWT_SIGNING_KEY,
            #[cfg(feature = "sql")]
            Self::Database => DATABASE_URL,
        }
    }

    /// The auth modes that need it.
    pub(super) fn modes(self) -> &'static [AuthKind] {
        match self {
            Self::Url => &AuthKind::ALL,
            Self::PublishableKey => &[AuthKind::User, AuthKind::Anon, AuthKind::Role],
            Self::SecretKey => &[AuthKind::Service],
            Self::Signing => &[AuthKind::User, AuthKind::Role],
            // Tasks of any mode that take a database.
            #[cfg(feature = "sql")]
            Self::Database => &[],
        }
    }

    /// What it must be: the rest of "it must be …".
    pub(super) fn meaning(self) -> &'static str {
        match self {
            Self::Url => "the project's address (`https://<project ref>.supabase.co`)",
            Self::PublishableKey => {
                "the publishable key (`sb_publishable_…`, or the legacy `anon` key), which names \
                 the project in requests under Row Level Security"
            }
            Self::SecretKey => {
                "a secret key (`sb_secret_…`, or the legacy `service_role` key), which bypasses \
                 Row Level Security"
            }
            #[cfg(feature = "sql")]
            Self::Database => {
                "the URL of the project's PostgreSQL \
                 (`postgresql://LOGIN:PASSWORD@HOST:PORT/postgres?sslmode=verify-full&sslrootcert=FILE`), \
                 with a login that may do no more than the tasks need"
            }
            Self::Signing => {
                "the key or the secret that the tokens of users and roles are signed with"
            }
        }
    }

    /// Where the dashboard shows it: the end of the sentence.
    pub(super) fn place(self) -> &'static str {
        match self {
            Self::Url => "the dashboard shows it under Settings > Data API, and under Connect",
            Self::PublishableKey | Self::SecretKey => {
                "the dashboard shows it under Settings > API Keys"
            }
            #[cfg(feature = "sql")]
            Self::Database => "the dashboard shows its host and port under Connect",
            Self::Signing => {
                "the dashboard shows the JWT secret (`SUPABASE_JWT_SECRET`) under Settings > JWT \
                 Keys, where a private JWK (`SUPABASE_JWT_SIGNING_KEY`) made by `supabase gen \
                 signing-key --algorithm ES256` can be imported"
            }
        }
    }
}

/// The start of a sentence about the value.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "`{name}`"),
            Self::Builder(method) => write!(f, "the value given to `SupabaseBuilder::{method}`"),
        }
    }
}
