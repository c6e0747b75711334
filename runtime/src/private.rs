//! Items that the attribute's expansion uses. Not public API: they change without notice.

pub use core::primitive::{bool, str, u8};
pub use core::time::Duration;
pub use core::{file, line, module_path};
pub use std::option::Option;
pub use std::string::String;

pub use inventory;
pub use serde::de::DeserializeOwned;
pub use supabase_task_macros::task_items;

#[path = "private/concurrency_key.rs"]
mod concurrency_key;
#[path = "private/grants.rs"]
mod grants;
#[path = "private/hook.rs"]
mod hook;
#[path = "private/select_list.rs"]
pub mod select_list;

#[cfg(not(feature = "postgres"))]
pub use crate::engine::FeaturePostgres;
pub use concurrency_key::ConcurrencyKey;
pub use grants::{Declared, check_reads, column, declared, grants};
pub use hook::{HookFuture, catch_error, hook};

pub use crate::auth::{Anon, DatabaseRole, Grant, Privilege, Role, RoleEntry, Service, User};
pub use crate::client::rows::{CanDelete, CanInsert, CanSelect, CanUpdate, Embeds};
pub use crate::client::{Column, Embed, Embedded, Row};
pub use crate::task::{
    FromTask, Hooks, PayloadNeedsFieldUserIdOrOptionUser, QueueOptions, RetryPolicy, RoleHandles,
    ScheduleOptions, ScheduledPayload, Task, TaskEntry, TaskOptions, TaskRequest, TaskResult,
    TaskUser, Tick,
};
pub use crate::user_id::UserId;

use crate::task::TaskError;

/// The id of a task that did not compile. It is never shown.
pub const REJECTED: &str = "rejected";

/// Returns the last segment of a module path, without `r#`: the id of a task whose fn is called `run`.
///
/// # Panics
///
/// At compile time, if the module's name is not a valid id. The macro checks only an id written at
/// the fn, because it cannot see the module's name.
#[track_caller]
pub const fn module_name(path: &'static str) -> &'static str {
    let bytes = path.as_bytes();
    let mut start = bytes.len();
    while start > 0 && !matches!(bytes[start - 1], b':' | b'#') {
        assert!(
            bytes[start - 1].is_ascii() && bytes.len() - start < MAX_ID,
            "the module's name cannot be the task's id, which is 1 to 128 of \
             `a-z A-Z 0-9 - _ . /`: add `id = \"…\"`"
        );
        start -= 1;
    }
    path.split_at(start).1
}

/// The longest id, as in the macro.
const MAX_ID: usize = 128;

/// The body of a task that did not compile.
pub fn rejected<T>() -> TaskResult<T> {
    Err(TaskError::abort("this task did not compile"))
}

#[cfg(test)]
mod tests {
    use super::module_name;

    #[test]
    fn a_module_named_with_a_raw_identifier_gives_its_plain_name() {
        assert_eq!(module_name("app::tasks::send_digest"), "send_digest");
        assert_eq!(module_name("app::r#type"), "type");
        assert_eq!(module_name("app"), "app");
    }
}
