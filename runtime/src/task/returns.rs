//! [`TaskReturn`]: the return type of a task's function.

use std::any::Any;

use serde::Serialize;

use super::Task;
use crate::run::{BoxError, TaskError, TaskResult};

/// The output of a task that succeeds: the `T` of the `Result<T, E>` that its function returns.
pub type TaskOutput<T> = <<T as Task>::Return as TaskReturn>::Output;

/// The return type of a task's function: a `Result` of something that serde can serialize.
///
/// The error is a [`TaskError`] or anything that converts into a `Box<dyn Error + Send + Sync>`: every
/// `std::error::Error`, `anyhow::Error`, a `String`. A `TaskError` or a client's error keeps its meaning,
/// even inside another error; any other error is retried.
#[diagnostic::on_unimplemented(
    message = "a task cannot return `{Self}`: write `TaskResult<T>`, where `T` is `Serialize`",
    label = "not a `Result` of something that can be stored",
    note = "any `Result<T, E>` will do whose `T` is `Serialize` and whose `E` is an error: `TaskError`, `anyhow::Error`, your own, `Box<dyn Error + Send + Sync>`"
)]
pub trait TaskReturn {
    /// The `T` of `Result<T, E>`.
    type Output: Serialize + Send + Sync + 'static;

    /// Converts the error into a [`TaskError`].
    fn into_task_result(self) -> TaskResult<Self::Output>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + Send + Sync + 'static, E: Into<BoxError> + 'static> TaskReturn
    for Result<T, E>
{
    type Output = T;

    fn into_task_result(self) -> TaskResult<T> {
        self.map_err(task_error)
    }
}

fn task_error<E: Into<BoxError> + 'static>(error: E) -> TaskError {
    let mut error = Some(error);
    // `anyhow::Error` is not a `std::error::Error`, and a box made of one hides the error's type.
    let anyhow = (&mut error as &mut dyn Any).downcast_mut::<Option<anyhow::Error>>();
    if let Some(anyhow) = anyhow.and_then(Option::take) {
        return anyhow.into();
    }
    match error {
        Some(error) => TaskError::from(error.into()),
        None => TaskError::retry("the task failed"),
    }
}
