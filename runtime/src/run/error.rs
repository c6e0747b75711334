//! [`TaskError`]: why a task failed, and what to do next.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::client::ClientError;
use crate::config::ConfigError;
#[cfg(feature = "sql")]
use crate::sql::DatabaseError;
use crate::token::TokenError;

pub(crate) type BoxError = Box<dyn Error + Send + Sync + 'static>;

/// The result of a task.
pub type TaskResult<T> = Result<T, TaskError>;

/// Why a task failed, and what an engine does next: retry, retry later, or abort.
///
/// With `?`, a client's error decides this by itself: if the server would refuse the request again (Row
/// Level Security, a bad request), the task aborts; if the server is busy or unreachable, it is retried.
/// For other errors, you decide:
///
/// ```
/// use std::time::Duration;
/// use supabase_task::TaskError;
///
/// # fn load() -> Result<String, std::num::ParseIntError> { Ok(String::new()) }
/// # fn example() -> Result<(), TaskError> {
/// let plan = load().map_err(TaskError::abort)?;
/// if plan.is_empty() {
///     return Err(TaskError::retry_after(Duration::from_secs(30), "the plan is not there yet"));
/// }
/// # Ok(())
/// # }
/// ```
pub struct TaskError {
    inner: Box<Inner>,
}

struct Inner {
    next: Next,
    cause: BoxError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Abort,
    Retry,
    RetryAfter(Duration),
}

impl TaskError {
    /// Creates an error that fails the run for good, without a retry. Takes a string or any error.
    pub fn abort(cause: impl IntoCause) -> Self {
        Self::of(Next::Abort, cause.into_cause())
    }

    /// Creates an error that is retried according to the task's retry options. Takes a string or any error.
    pub fn retry(cause: impl IntoCause) -> Self {
        Self::of(Next::Retry, cause.into_cause())
    }

    /// Creates an error that is retried no sooner than `delay` from now. A worker waits at most 366 days.
    /// Takes a string or any error.
    pub fn retry_after(delay: Duration, cause: impl IntoCause) -> Self {
        Self::of(Next::RetryAfter(delay), cause.into_cause())
    }

    /// Returns whether the task failed for good.
    pub fn is_abort(&self) -> bool {
        self.inner.next == Next::Abort
    }

    /// Returns whether the task may be retried, now or later.
    pub fn is_retry(&self) -> bool {
        !self.is_abort()
    }

    /// Returns how long to wait before the next attempt, if the error sets it.
    pub fn retry_delay(&self) -> Option<Duration> {
        match self.inner.next {
            Next::RetryAfter(delay) => Some(delay),
            Next::Abort | Next::Retry => None,
        }
    }

    /// Returns the first error of type `E` among the cause and its sources.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        find(&*self.inner.cause)
    }

    /// Returns the Supabase client's error behind this one, if any, with its status, code, details and hint.
    pub fn client_error(&self) -> Option<&ClientError> {
        self.downcast_ref()
    }

    /// Creates the error of a payload that does not parse, with the field and the reason. For a value of
    /// the wrong type it shows only the type, not the value; a type's own error is shown unchanged.
    pub(crate) fn invalid_payload(
        task_id: &str,
        error: &serde_path_to_error::Error<serde_json::Error>,
    ) -> Self {
        // A lone `.` is the path of the whole payload.
        let place = match error.path().to_string() {
            path if path == "." => String::new(),
            path => format!(" at `{path}`"),
        };
        let reason = crate::client::without_data(error.inner());
        let reason = reason.unwrap_or_else(|| error.inner().to_string());
        Self::abort(format!(
            "the payload of task `{task_id}` does not parse{place}: {reason}"
        ))
    }

    pub(crate) fn invalid_output(task_id: &str, error: serde_json::Error) -> Self {
        Self::abort(format!(
            "the output of task `{task_id}` cannot be written as JSON: {error}"
        ))
    }

    fn of(next: Next, cause: BoxError) -> Self {
        // A `TaskError` inside a `TaskError` would hide its cause.
        let cause = match cause.downcast::<Self>() {
            Ok(error) => error.inner.cause,
            Err(cause) => cause,
        };
        Self {
            inner: Box::new(Inner { next, cause }),
        }
    }
}

/// A value that can be the cause of a [`TaskError`]: a string, or any error that is `Send + Sync`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the cause of a `TaskError`",
    label = "neither a text nor an error that is `Send + Sync`",
    note = "write `Box<dyn Error + Send + Sync>` in place of `Box<dyn Error>`: an error leaves the thread that its task ran on",
    note = "of any other value make a text: `.map_err(|error| TaskError::abort(error.to_string()))`"
)]
pub trait IntoCause {
    #[doc(hidden)]
    fn into_cause(self) -> BoxError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<BoxError>> IntoCause for E {
    fn into_cause(self) -> BoxError {
        self.into()
    }
}

/// An error that becomes a [`TaskError`] with `?`, because it determines whether the task is retried.
///
/// For any other error, only you know whether another attempt can help. Decide with
/// `.map_err(TaskError::abort)` or `.map_err(TaskError::retry)`, or implement `From<YourError>` for
/// [`TaskError`]. Or let the task return another `Result`, such as `anyhow::Result<T>`: its errors are
/// retried unless they contain one of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the task is tried again",
    // For an error at a `?`, rustc shows only the label of these.
    label = "write `.map_err(TaskError::abort)?` if each attempt would fail alike, `.map_err(TaskError::retry)?` if another may succeed, or return `anyhow::Result` (a `Box<dyn Error>` must be `Box<dyn Error + Send + Sync>` for each of them)",
    note = "`TaskError::abort` and `TaskError::retry` take any error that is `Send + Sync`, and any text"
)]
pub trait TaskCause: sealed::Sealed {
    #[doc(hidden)]
    fn into_task_error(self) -> TaskError;
}

impl<E: TaskCause> From<E> for TaskError {
    fn from(error: E) -> Self {
        error.into_task_error()
    }
}

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Keeps the meaning of the error: a `TaskError` stays as it is, a client's error determines whether a retry
/// can help, even inside another error, and any other error is retried.
impl TaskCause for BoxError {
    fn into_task_error(self) -> TaskError {
        match self.downcast::<TaskError>() {
            Ok(error) => *error,
            Err(error) => TaskError::of(next_for(&*error), error),
        }
    }
}

impl sealed::Sealed for BoxError {}

/// The same as for any other boxed error. An error keeps its meaning when `context` is added to it.
impl TaskCause for anyhow::Error {
    fn into_task_error(self) -> TaskError {
        // A box made of an `anyhow::Error` hides its outermost error's type; take it out first.
        downcast_outermost(self)
            .or_else(|error| downcast_outermost::<ClientError>(error).map(TaskError::from))
            .unwrap_or_else(|error| TaskError::from(BoxError::from(error)))
    }
}

impl sealed::Sealed for anyhow::Error {}

/// Downcasts only the outermost error: `anyhow::Error::downcast` would also find an error under a context,
/// and lose the context.
fn downcast_outermost<E>(error: anyhow::Error) -> Result<E, anyhow::Error>
where
    E: Error + Send + Sync + 'static,
{
    match error
        .chain()
        .next()
        .is_some_and(|outermost| outermost.is::<E>())
    {
        true => error.downcast(),
        false => Err(error),
    }
}

fn next_for(error: &(dyn Error + 'static)) -> Next {
    if let Some(error) = find::<TaskError>(error) {
        return error.inner.next;
    }
    if let Some(error) = find::<ClientError>(error) {
        return match (error.is_retryable(), error.retry_after()) {
            (true, Some(delay)) => Next::RetryAfter(delay),
            (true, None) => Next::Retry,
            (false, _) => Next::Abort,
        };
    }
    #[cfg(feature = "sql")]
    if let Some(error) = find::<DatabaseError>(error) {
        return match error.is_retryable() {
            true => Next::Retry,
            false => Next::Abort,
        };
    }
    let is_hopeless = find::<ConfigError>(error).is_some()
        || find::<TokenError>(error).is_some()
        || error.is::<serde_json::Error>();
    match is_hopeless {
        true => Next::Abort,
        false => Next::Retry,
    }
}

/// Returns the first `E` among an error and its sources.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut errors = std::iter::successors(Some(error), |&error| error.source());
    errors.find_map(|error| error.downcast_ref())
}

macro_rules! task_causes {
    ($($error:ty),* $(,)?) => {
        $(
            impl $crate::run::TaskCause for $error {
                fn into_task_error(self) -> $crate::run::TaskError {
                    $crate::run::TaskError::from(Box::new(self) as $crate::run::BoxError)
                }
            }

            impl $crate::run::sealed::Sealed for $error {}
        )*
    };
}

pub(crate) use task_causes;

task_causes!(
    ClientError,
    ConfigError,
    TokenError,
    serde_json::Error,
    std::io::Error
);

#[cfg(feature = "sql")]
task_causes!(DatabaseError);

/// As [`DatabaseError`], which knows what can succeed later, and whose text has no values.
#[cfg(feature = "sql")]
impl TaskCause for sqlx::Error {
    fn into_task_error(self) -> TaskError {
        DatabaseError::from(self).into_task_error()
    }
}

#[cfg(feature = "sql")]
impl sealed::Sealed for sqlx::Error {}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.cause.fmt(f)
    }
}

impl fmt::Debug for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskError")
            .field("next", &self.inner.next)
            .field("cause", &self.inner.cause)
            .finish()
    }
}

impl Error for TaskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner.cause.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_error_in_a_box_keeps_its_decision() {
        let error: BoxError = TaskError::retry_after(Duration::from_secs(5), "busy").into();
        let error = TaskError::from(error);
        assert_eq!(error.retry_delay(), Some(Duration::from_secs(5)));
        assert_eq!(error.to_string(), "busy");
    }

    #[test]
    fn deciding_again_keeps_the_cause() {
        let parse = "x".parse::<u8>().unwrap_err();
        let error = TaskError::abort(TaskError::retry(parse));
        assert!(error.is_abort());
        assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the plan could not be read")]
    struct Wrapped(#[source] TaskError);

    #[test]
    fn an_error_around_it_keeps_the_decision() {
        let error = TaskError::from(Box::new(Wrapped(TaskError::abort("gone"))) as BoxError);
        assert!(error.is_abort());
        assert_eq!(error.to_string(), "the plan could not be read");
    }

    #[test]
    fn anyhow_keeps_the_decision_with_and_without_context() {
        let plain = anyhow::Error::from(TaskError::abort("gone"));
        let error = TaskError::from(plain);
        assert!(error.is_abort());
        assert_eq!(error.to_string(), "gone");

        let around = anyhow::Error::from(TaskError::abort("gone")).context("reading the plan");
        let error = TaskError::from(around);
        assert!(error.is_abort());
        assert_eq!(error.to_string(), "reading the plan");
        assert!(error.downcast_ref::<TaskError>().is_some());
    }

    #[test]
    fn a_wrong_payload_is_told_with_the_place_if_there_is_one() {
        #[derive(serde::Deserialize)]
        struct Payload {
            #[serde(rename = "title")]
            _title: String,
        }
        let text = |json: serde_json::Value| {
            let error = serde_path_to_error::deserialize::<_, Payload>(json)
                .err()
                .unwrap();
            TaskError::invalid_payload("add_todo", &error).to_string()
        };
        assert_eq!(
            text(serde_json::json!({})),
            "the payload of task `add_todo` does not parse: missing field `title`"
        );
        assert_eq!(
            text(serde_json::json!({ "title": ["x"] })),
            "the payload of task `add_todo` does not parse at `title`: invalid type: \
             sequence, expected a string"
        );
    }

    #[test]
    fn errors_nothing_is_known_of_are_retried_and_json_is_not() {
        assert!(TaskError::from(std::io::Error::other("disk")).is_retry());
        let json = serde_json::from_str::<u8>("x").unwrap_err();
        assert!(TaskError::from(json).is_abort());
    }
}
