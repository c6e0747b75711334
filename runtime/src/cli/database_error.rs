//! [`DatabaseError`]: why the database cannot be reached.

use crate::reach;

/// Why connecting failed. Its text contains no password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[cfg_attr(not(feature = "postgres"), allow(dead_code))]
    #[error(
        "this command needs the project's database: set the variable `SUPABASE_DB_URL` (or \
         `DATABASE_URL`) to its URL; the dashboard shows it under Connect, and that of a local stack \
         is `postgresql://postgres:postgres@127.0.0.1:54322/postgres`"
    )]
    Missing,
    #[error(
        "`{0}` does not hold a database's URL: it must be \
         `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, with special characters of the password \
         percent-encoded; the dashboard shows it under Connect"
    )]
    Url(&'static str),
    #[error("{text}; the URL comes from `{variable}`")]
    Connect {
        text: String,
        variable: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("the database could not be queried: {}", reach::said(.0))]
    Query(#[source] sqlx::Error),
}

impl DatabaseError {
    /// Whether an input is missing or wrong.
    pub(crate) fn is_configuration(&self) -> bool {
        matches!(self, Self::Missing | Self::Url(_))
    }
}
