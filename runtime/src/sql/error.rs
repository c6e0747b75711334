//! [`DatabaseError`].

use std::error::Error;
use std::fmt;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgDatabaseError};

use super::explain;
use crate::reach;
use crate::token::TokenError;

/// Why PostgreSQL, or the connection to it, refused something.
///
/// sqlx's errors become one with `?` in a task, and with `DatabaseError::from`. Its text has the reason and
/// the next step, and no value of a row or a parameter; [`sqlx_error`](Self::sqlx_error) has all that
/// PostgreSQL said.
pub struct DatabaseError(Box<Inner>);

struct Inner {
    text: String,
    is_retryable: bool,
    error: Option<sqlx::Error>,
}

impl DatabaseError {
    /// Returns whether the whole transaction can succeed later. A task that fails with such an error is
    /// attempted again; with any other error it fails at once.
    ///
    /// | what | another attempt |
    /// | --- | --- |
    /// | a conflict with another transaction: `40001`, `40P01`, `55P03` | yes |
    /// | the connection was lost, or none became free in time | yes |
    /// | the database is unavailable or out of resources: classes `08` and `53` except `53400`, `57P01` to `57P03`, `57P05`, `25P03` | yes |
    /// | anything else: Row Level Security, a constraint, a timeout of the role (`57014`), a missing row or column | no |
    ///
    /// As for [`ClientError`](crate::ClientError::is_retryable), a statement timeout meets the same limit
    /// the next time. A commit whose answer was lost may have happened.
    pub fn is_retryable(&self) -> bool {
        self.0.is_retryable
    }

    /// Returns PostgreSQL's code (SQLSTATE), such as `42501`, if PostgreSQL answered.
    pub fn code(&self) -> Option<&str> {
        self.refusal().map(PgDatabaseError::code)
    }

    /// Returns the constraint that was violated.
    pub fn constraint(&self) -> Option<&str> {
        self.refusal().and_then(PgDatabaseError::constraint)
    }

    /// Returns whether a policy or a missing grant refused it (`42501`).
    pub fn is_row_level_security(&self) -> bool {
        self.code() == Some("42501")
    }

    /// Returns whether a row with the same unique value exists (`23505`).
    pub fn is_conflict(&self) -> bool {
        self.code() == Some("23505")
    }

    /// Returns whether a query that needs a row found none that this identity may see.
    pub fn is_not_found(&self) -> bool {
        matches!(self.0.error, Some(sqlx::Error::RowNotFound))
    }

    /// Returns sqlx's error. Its texts may contain values of rows and parameters, so do not log it.
    pub fn sqlx_error(&self) -> Option<&sqlx::Error> {
        self.0.error.as_ref()
    }

    /// The user's claims cannot be written.
    pub(super) fn token(error: TokenError) -> Self {
        Self::new(format!("the user's claims: {error}"), false, None)
    }

    pub(super) fn no_signing_key() -> Self {
        let text = "there is no user database in this process: its signing key was not given";
        Self::new(text.to_owned(), false, None)
    }

    /// No connection could be opened.
    pub(super) fn no_connection(error: sqlx::Error, options: &PgConnectOptions) -> Self {
        let text = match &error {
            sqlx::Error::PoolTimedOut => format!(
                "no connection to {} became free: the server does not answer, or transactions hold all \
                 connections (`SupabaseBuilder::database_connections`)",
                reach::place(options)
            ),
            error => reach::no_connection(error, options, reach::explain(error)),
        };
        Self::new(text, explain::is_retryable(&error), Some(error))
    }

    /// The transaction ended before its commit.
    pub(super) fn ended() -> Self {
        let text = "the transaction has ended without its commit, because setting a savepoint in it failed or \
                    was cancelled";
        Self::new(text.to_owned(), false, None)
    }

    /// The local stack is not there any more.
    #[cfg(feature = "local")]
    pub(super) fn no_stack() -> Self {
        let text = "the `LocalSupabase` of this database was stopped or dropped";
        Self::new(text.to_owned(), false, None)
    }

    /// No transaction began in time.
    pub(super) fn silence(options: Option<&PgConnectOptions>, time: Duration) -> Self {
        let text = format!(
            "{} began no transaction within {} seconds: it does not answer, or transactions hold all connections",
            options.map_or("the local stack's database".to_owned(), reach::place),
            time.as_secs()
        );
        Self::new(text, true, None)
    }

    /// The transaction could not begin.
    pub(super) fn not_begun(error: sqlx::Error, role: &str) -> Self {
        let said = explain::text(&error);
        let code = error.as_database_error().and_then(|error| error.code());
        let text = match code.as_deref() {
            // insufficient_privilege
            Some("42501") => format!(
                "the login of `SUPABASE_DB_URL` may not act as `{role}`: run `grant {role} to …` with the \
                 login's name as the owner of the database ({said})"
            ),
            // invalid_parameter_value
            Some("22023") => format!(
                "a transaction of the role `{role}` cannot begin: does the role exist, and are its \
                 settings (`alter role {role} set …`) valid? ({said})"
            ),
            _ => format!("a transaction of the role `{role}` did not begin: {said}"),
        };
        Self::new(text, explain::is_retryable(&error), Some(error))
    }

    fn new(text: String, is_retryable: bool, error: Option<sqlx::Error>) -> Self {
        Self(Box::new(Inner {
            text,
            is_retryable,
            error,
        }))
    }

    fn refusal(&self) -> Option<&PgDatabaseError> {
        let error = self.0.error.as_ref()?.as_database_error()?;
        error.try_downcast_ref()
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        let (text, is_retryable) = (explain::text(&error), explain::is_retryable(&error));
        Self::new(text, is_retryable, Some(error))
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatabaseError")
            .field("text", &self.0.text)
            .field("code", &self.code())
            .field("is_retryable", &self.is_retryable())
            .finish_non_exhaustive()
    }
}

// No `source`: what prints the sources of an error would print values.
impl Error for DatabaseError {}
