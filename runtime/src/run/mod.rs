//! The types of a run that engines and tasks share: its id, its data, its options, its limits, and its error.

mod error;
mod id;
mod info;
pub(crate) mod limits;
mod options;
mod tick;

pub(crate) use self::error::{BoxError, sealed, task_causes};
pub use self::error::{IntoCause, TaskCause, TaskError, TaskResult};
pub use self::id::RunId;
pub(crate) use self::info::RunInfo;
pub use self::options::{QueueOptions, RetryPolicy, ScheduleOptions, TaskOptions};
pub use self::tick::Tick;
