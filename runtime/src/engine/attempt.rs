//! [`AttemptRequest`]: an engine's request to run one attempt. [`Verdict`]: its result, and what to do next.

use std::any::Any;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::EngineLink;
use crate::auth::Principal;
use crate::run::{RunInfo, TaskError};

/// An engine's request to run one attempt.
pub(crate) struct AttemptRequest {
    pub(crate) run: RunInfo,
    /// Counted from 1.
    pub(crate) number: u32,
    pub(crate) engine: Option<EngineLink>,
    /// Cancelled by the engine to end the attempt early.
    pub(crate) stop: CancellationToken,
    /// The payload as it was stored.
    pub(crate) payload: Box<RawValue>,
    /// The identity the run was triggered for; `None` if the trigger did not know it (from SQL).
    pub(crate) principal: Option<Principal>,
    /// How long a cancelled attempt may continue.
    pub(crate) grace: Duration,
}

/// The result of an attempt, and what to do next.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The run completed with this output.
    Completed(Box<RawValue>),
    /// The attempt failed; the next one is due after this long.
    Retry { error: TaskError, after: Duration },
    /// The run failed for good.
    Failed(TaskError),
    /// The attempt took too long; it is not retried.
    TimedOut(TaskError),
    /// The engine ended the attempt: the run was cancelled, or the worker is stopping.
    Interrupted,
}

/// Turns a panic into a retryable error, because nothing is known about its cause.
pub(crate) fn panicked(task_id: &str, panic: &(dyn Any + Send)) -> TaskError {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    TaskError::retry(format!("task `{task_id}` panicked: {message}"))
}
