//! [`TaskReturn`]: what a task's fn may return.

use serde::Serialize;

use super::error::BoxError;
use super::{TaskError, TaskResult};

/// What a task's fn returns: a `Result` of something serde can write.
///
/// Its error is a [`TaskError`] or anything that turns into a `Box<dyn Error + Send + Sync>`:
/// every `std::error::Error`, `anyhow::Error`, a `String`. A `TaskError` or a client's error keeps
/// its meaning; any other error is retried.
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`",
    label = "a task returns `TaskResult<T>`, where `T` is `Serialize`",
    note = "any `Result<T, E>` will do whose `E` is an error: `TaskError`, `anyhow::Error`, your own"
)]
pub trait TaskReturn {
    /// The `T` of `Result<T, E>`.
    type Output: Serialize + Send + 'static;

    /// The same result with a [`TaskError`].
    fn into_task_result(self) -> TaskResult<Self::Output>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + 'static, E: Into<BoxError>> TaskReturn for Result<T, E> {
    type Output = T;

    fn into_task_result(self) -> TaskResult<T> {
        self.map_err(|error| TaskError::from(error.into()))
    }
}
