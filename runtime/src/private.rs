//! What the attribute's expansion calls. Not public API: it changes without notice.

pub use core::{file, line, module_path, primitive::str};

pub use inventory;

pub use crate::auth::{Anon, Service, User};
pub use crate::task::{FromTask, Task, TaskEntry, TaskRequest, TaskResult, TaskUser};
pub use crate::user_id::UserId;

use crate::task::TaskError;

/// The id of a task that did not compile; nobody sees it.
pub const REJECTED: &str = "rejected";

/// The last segment of a module path: the id of a task whose fn is called `run`.
pub const fn module_name(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut start = bytes.len();
    while start > 0 && bytes[start - 1] != b':' {
        start -= 1;
    }
    path.split_at(start).1
}

/// The body of a task that did not compile.
pub fn rejected<T>() -> TaskResult<T> {
    Err(TaskError::abort("this task did not compile"))
}
