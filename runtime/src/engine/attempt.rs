//! [`AttemptRequest`]: what an engine asks of a task. [`Verdict`]: what came of it, and what comes next.

use std::any::Any;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::EngineLink;
use crate::auth::Principal;
use crate::run::{RunInfo, TaskError};

/// One attempt that an engine asks for.
pub(crate) struct AttemptRequest {
    pub(crate) run: RunInfo,
    /// Counted from 1.
    pub(crate) number: u32,
    pub(crate) engine: Option<EngineLink>,
    /// How the engine ends the attempt early.
    pub(crate) stop: CancellationToken,
    /// The payload as it was stored.
    pub(crate) payload: Box<RawValue>,
    /// Who the run was triggered for; `None` where the trigger could not know (from SQL).
    pub(crate) principal: Option<Principal>,
    /// How long a cancelled attempt may go on.
    pub(crate) grace: Duration,
}

/// What came of an attempt, and what comes next.
/// What came of an attempt, and what comes next.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The run is done.
    Completed(Box<RawValue>),
    /// There is another attempt after this long.
    Retry { error: TaskError, after: Duration },
    /// The run failed for good.
    Failed(TaskError),
    /// The attempt took too long, which is not tried again.
    TimedOut(TaskError),
    /// The engine ended it: the run was cancelled, or the worker stops.
    Interrupted,
}

/// A panic is an error nothing is known of: a failed attempt is tried again.
pub(crate) fn panicked(task_id: &str, panic: &(dyn Any + Send)) -> TaskError {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    TaskError::retry(format!("task `{task_id}` panicked: {message}"))
}
