//! [`TaskReturn`]: what a task's fn may return.

use serde::Serialize;

use super::error::BoxError;
use super::{Task, TaskError, TaskResult};

/// What a task gives when it succeeds: the `T` of the `Result<T, E>` that its fn returns.
pub type TaskOutput<T> = <<T as Task>::Return as TaskReturn>::Output;

/// What a task's fn returns: a `Result` of something serde can write.
///
/// Its error is a [`TaskError`] or anything that turns into a `Box<dyn Error + Send + Sync>`:
/// every `std::error::Error`, `anyhow::Error`, a `String`. A `TaskError` or a client's error keeps
/// its meaning; any other error is retried.
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`: write `TaskResult<T>`, where `T` is `Serialize`",
    label = "not a `Result` of something that can be stored",
    note = "any `Result<T, E>` will do whose `T` is `Serialize` and whose `E` is an error: `TaskError`, `anyhow::Error`, your own"
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
