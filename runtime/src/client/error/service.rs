//! [`Service`]: the part of a project that a request goes to.

/// A service of a Supabase project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Service {
    /// PostgREST: tables, views and functions of the database.
    Database,
    Auth,
    Storage,
    Functions,
    Realtime,
}

impl Service {
    /// The path under the project's URL.
    pub(crate) const fn path(self) -> &'static [&'static str] {
        match self {
            Self::Database => &["rest", "v1"],
            Self::Auth => &["auth", "v1"],
            Self::Storage => &["storage", "v1"],
            Self::Functions => &["functions", "v1"],
            Self::Realtime => &["realtime", "v1"],
        }
    }
}
