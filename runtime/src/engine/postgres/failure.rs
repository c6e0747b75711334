//! Errors of PostgreSQL and of the connections to it, as [`QueueError`]s.
//!
//! Each failure is either transient ("later": the caller may retry) or permanent ("never"), and its message
//! contains no secrets and says what to do.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgDatabaseError};

use crate::engine::{DatabaseFailure, QueueError};
use crate::reach;

/// Converts an error of a statement or of a connection.
pub(super) fn failure(error: sqlx::Error) -> QueueError {
    if let Some(advice) = reach::explain(&error) {
        let message = format!("{}: {advice}", reach::said(&error));
        // A missing socket comes back with the server; all other causes stay.
        return match &error {
            sqlx::Error::Io(error) if error.kind() == ErrorKind::NotFound => transient(message),
            _ => permanent(message),
        };
    }
    match &error {
        sqlx::Error::Database(refused) => refusal(
            refused.message(),
            refused.code().as_deref().unwrap_or_default(),
            refused.try_downcast_ref::<PgDatabaseError>(),
        ),
        sqlx::Error::PoolTimedOut => transient(
            "no connection became available in time: the server is down, or all connections are in use"
                .to_owned(),
        ),
        sqlx::Error::Io(error) => transient(format!("the connection failed: {error}")),
        sqlx::Error::Tls(error) => permanent(format!("no secure connection: {error}")),
        sqlx::Error::PoolClosed => permanent("the queue is closed".to_owned()),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::RowNotFound => QueueError::Migration(format!(
            "the queue's tables have data that this version of the library does not know ({error}): \
             update the library in this program"
        )),
        sqlx::Error::Encode(_) | sqlx::Error::Configuration(_) => permanent(error.to_string()),
        other => transient(other.to_string()),
    }
}

/// Converts an error of opening a connection. The message names the server and says what to do.
pub(super) fn no_connection(error: sqlx::Error, options: &PgConnectOptions) -> QueueError {
    let message = reach::no_connection(&error, options, reach::explain(&error));
    match failure(error) {
        QueueError::Database(failure) => {
            QueueError::Database(DatabaseFailure { message, ..failure })
        }
        other => other,
    }
}

/// Converts an error of taking a connection from the pool. Whatever the reason, it says nothing about the
/// statement, which may be retried.
pub(super) fn unavailable(error: sqlx::Error) -> QueueError {
    match failure(error) {
        QueueError::Database(failure) => transient(failure.message),
        other => transient(other.to_string()),
    }
}

/// Returns the error for a statement without an answer in time.
pub(super) fn silence(time: Duration) -> QueueError {
    transient(format!(
        "the database did not answer within {} seconds: the connection was given up",
        time.as_secs()
    ))
}

/// Returns the error for work that cannot be done now because a row is locked.
pub(super) fn locked(message: String) -> QueueError {
    database(message, true, Some("55P03"))
}

/// Returns whether a statement failed because of a lock.
pub(super) fn is_locked(error: &QueueError) -> bool {
    code(error) == Some("55P03")
}

/// Returns whether PostgreSQL refused a statement because of its content or the rows it touches, and not
/// because of the state of the server.
pub(super) fn is_about_statement(error: &QueueError) -> bool {
    code(error).is_some_and(|code| {
        !is_transient(code) || code == "57014" || code.starts_with("40") || code.starts_with("55")
    })
}

fn code(error: &QueueError) -> Option<&str> {
    match error {
        QueueError::Database(failure) => failure.code.as_deref(),
        _ => None,
    }
}

fn refusal(message: &str, code: &str, error: Option<&PgDatabaseError>) -> QueueError {
    match code {
        // undefined_table, undefined_function, invalid_schema_name, undefined_column
        "42P01" | "42883" | "3F000" | "42703" => QueueError::Migration(format!(
            "the queue's tables are missing or of another version ({message}): run \
             `supabase-task migrate`, or let `Queue::connect` do it"
        )),
        "42501" => permanent(format!(
            "{message} ({code}): connect as the role that owns the schema `supabase_task`, which is \
             `postgres` on Supabase"
        )),
        // The same runs were sent twice at the same time; a retry finds them.
        "23505" if error.and_then(PgDatabaseError::constraint) == Some("runs_pkey") => {
            transient(format!("{message} ({code})"))
        }
        _ => {
            let hint = error.and_then(PgDatabaseError::hint);
            let hint = hint.map(|hint| format!(" {hint}")).unwrap_or_default();
            let message = format!("{message} ({code}){hint}");
            database(message, is_transient(code), Some(code))
        }
    }
}

/// Returns whether the same statement may succeed later.
fn is_transient(code: &str) -> bool {
    // Connection exceptions, resources, operator intervention, rollbacks of transactions, locks.
    let classes = ["08", "53", "57", "40", "55"];
    // 25006: the server has become a standby; its successor accepts writes.
    code == "25006" || classes.iter().any(|class| code.starts_with(class))
}

fn transient(message: String) -> QueueError {
    database(message, true, None)
}

fn permanent(message: String) -> QueueError {
    database(message, false, None)
}

fn database(message: String, is_transient: bool, code: Option<&str>) -> QueueError {
    QueueError::Database(DatabaseFailure {
        message,
        is_transient,
        code: code.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for code in [
            "08006", "53300", "57P01", "57014", "40001", "40P01", "55P03", "25006",
        ] {
            assert!(is_transient(code), "{code}");
        }
        for code in [
            "22021", "22P02", "23505", "23514", "42501", "54001", "22003",
        ] {
            assert!(!is_transient(code), "{code}");
        }
    }
}
