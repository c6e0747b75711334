//! What an error of sqlx means: its text without values, and whether another attempt can help.

use std::borrow::Cow;
use std::error::Error;

use sqlx::error::{DatabaseError as Refusal, UnexpectedNullError};

use crate::reach;

/// Describes an error in one sentence, which contains no value of a row or a parameter.
pub(super) fn text(error: &sqlx::Error) -> String {
    let (said, advice): (Cow<'_, str>, Option<&str>) = match error {
        sqlx::Error::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            let said = format!("{} ({code})", message(refused.message(), &code));
            (said.into(), advice(&**refused, &code))
        }
        sqlx::Error::RowNotFound => (
            "no row was found that this identity may see".into(),
            Some("if there may be none, call `fetch_optional`"),
        ),
        sqlx::Error::PoolTimedOut => (
            "no connection became free in time".into(),
            Some("does a task wait for something else while it holds a transaction?"),
        ),
        sqlx::Error::Io(error) => (format!("the connection was lost: {error}").into(), None),
        sqlx::Error::ColumnDecode { index, source } => {
            let problem = problem(&**source);
            (
                format!("the column {index} cannot be decoded: {problem}").into(),
                None,
            )
        }
        sqlx::Error::Decode(source) => (
            format!("a value cannot be decoded: {}", problem(&**source)).into(),
            None,
        ),
        sqlx::Error::Encode(source) => (
            format!("a parameter cannot be encoded: {}", problem(&**source)).into(),
            None,
        ),
        other => (other.to_string().into(), None),
    };
    match advice.or_else(|| reach::explain(error)) {
        Some(advice) => format!("{said}: {advice}"),
        None => said.into_owned(),
    }
}

/// Returns whether the transaction may succeed when it is made again.
pub(super) fn is_retryable(error: &sqlx::Error) -> bool {
    match error {
        // What a pooler or TLS is set up to refuse stays.
        error if reach::explain(error).is_some() => false,
        sqlx::Error::Database(refused) => {
            is_stale(refused.message()) || is_retryable_code(&refused.code().unwrap_or_default())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        // More parameters than the protocol has room for.
        sqlx::Error::Protocol(text) => !text.contains("too many arguments"),
        _ => false,
    }
}

/// Returns whether a migration has changed the columns of a statement that was prepared before.
fn is_stale(message: &str) -> bool {
    message == "cached plan must not change result type"
}

/// The same as for a request through the API, and a session that was idle in a transaction for too long.
fn is_retryable_code(code: &str) -> bool {
    match code {
        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" | "57P05" | "25P03" => true,
        // A configured limit does not go away by itself.
        "53400" => false,
        _ => code.starts_with("53") || code.starts_with("08"),
    }
}

/// PostgreSQL's message. Those of class 22 quote the value that is invalid.
fn message<'a>(message: &'a str, code: &str) -> Cow<'a, str> {
    match code.starts_with("22") {
        true => without_quoted(message).into(),
        false => message.into(),
    }
}

/// Leaves out everything from the first quote to the last one: a value may contain quotes, too.
fn without_quoted(message: &str) -> String {
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let (before, after) = (message.get(..first), message.get(last + 1..));
            format!(
                "{}\"…\"{}",
                before.unwrap_or_default(),
                after.unwrap_or_default()
            )
        }
        _ => message.to_owned(),
    }
}

/// What to do about a refusal.
fn advice(refused: &dyn Refusal, code: &str) -> Option<&'static str> {
    let message = refused.message();
    match code {
        _ if is_stale(message) => Some(
            "a migration has changed the statement's columns: connections are replaced within 5 \
             minutes; a statement that names its columns in place of `*` is not affected",
        ),
        "42501" if message.contains("row-level security") => {
            Some("no policy lets this identity write the row")
        }
        "42501" => Some("a `grant` to its role is missing"),
        "57014" if message.contains("statement timeout") => Some(
            "the statement took longer than the `statement_timeout` that its role has \
             (`alter role … set statement_timeout`), or that was set in the transaction",
        ),
        "57014" => Some("someone cancelled it, as `pg_cancel_backend` does"),
        "55P03" if message.contains("lock timeout") => {
            Some("another transaction held a lock for longer than `lock_timeout`")
        }
        "25006" => Some("begin with `database.begin()` where the transaction writes"),
        "25P02" => Some(
            "a statement before it failed, so PostgreSQL has rolled the transaction back, whatever was \
             done with that error; to go on after a failure, set a savepoint before: \
             `sqlx::Connection::begin(&mut *tx)`",
        ),
        "25P03" => Some(
            "the transaction waited for longer than `idle_in_transaction_session_timeout`: call \
             other services before it begins or after it ends",
        ),
        "42P01" | "3F000" => Some(
            "is the table there? A schema other than `public` and `extensions` is named in the \
             statement",
        ),
        _ => None,
    }
}

/// The errors of types may quote the value, and so do those of JSON and of derived types. That two types do not match,
/// and that null was unexpected, is sqlx's own text.
fn problem(source: &(dyn Error + 'static)) -> String {
    let text = source.to_string();
    let is_about_types = text.starts_with("mismatched types") || source.is::<UnexpectedNullError>();
    match source.downcast_ref::<serde_json::Error>() {
        Some(error) => format!(
            "not the JSON that its type expects ({:?})",
            error.classify()
        ),
        None if is_about_types => text,
        None => "its Rust type does not take the value".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_value_in_a_message_is_left_out() {
        for (said, code, expected) in [
            (
                r#"invalid input syntax for type integer: "hunter2""#,
                "22P02",
                r#"invalid input syntax for type integer: "…""#,
            ),
            (
                r#"invalid input syntax for type json: "a " b" at x"#,
                "22P02",
                r#"invalid input syntax for type json: "…" at x"#,
            ),
            (
                r#"relation "todos" does not exist"#,
                "42P01",
                r#"relation "todos" does not exist"#,
            ),
            ("division by zero", "22012", "division by zero"),
            (r#"odd "one"#, "22000", r#"odd "one"#),
        ] {
            assert_eq!(message(said, code), expected);
        }
    }

    #[test]
    fn what_passes_is_tried_again() {
        for code in [
            "40001", "40P01", "55P03", "53300", "08006", "57P01", "57P03", "25P03",
        ] {
            assert!(is_retryable_code(code), "{code}");
        }
        for code in [
            "42501", "23505", "57014", "22P02", "25P02", "25006", "53400", "P0001", "",
        ] {
            assert!(!is_retryable_code(code), "{code}");
        }
        let lost = sqlx::Error::Io(io::ErrorKind::ConnectionReset.into());
        assert!(is_retryable(&lost));
        assert!(is_retryable(&sqlx::Error::PoolTimedOut));
        assert!(!is_retryable(&sqlx::Error::RowNotFound));
        let many = "PgConnection::run(): too many arguments for query: 70000";
        assert!(!is_retryable(&sqlx::Error::Protocol(many.to_owned())));
        // A pooler that is set up otherwise, and a certificate that is not trusted.
        let pooler = sqlx::Error::Protocol("unexpected NotificationResponse".to_owned());
        assert!(!is_retryable(&pooler));
    }

    #[test]
    fn json_is_not_quoted() {
        let error = serde_json::from_str::<u8>("\"hunter2\"").unwrap_err();
        let text = text(&sqlx::Error::Decode(error.into()));
        assert_eq!(
            text,
            "a value cannot be decoded: not the JSON that its type expects (Data)"
        );
    }
}
