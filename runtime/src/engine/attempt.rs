//! [`AttemptRequest`]: an engine's request to run one attempt. [`Verdict`]: its result, and what to do next.
//! [`Ending`]: the same, as an engine stores it.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;

use super::backend::Slots;
use super::{AttemptOutcome, Queue, RunFailure};
use crate::auth::StoredIdentity;
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
    /// The identity that the run was triggered for.
    pub(crate) stored: StoredIdentity,
    /// How long a cancelled attempt may continue.
    pub(crate) grace: Duration,
}

/// A running attempt's access to its engine.
#[derive(Clone)]
pub(crate) struct EngineLink {
    pub(crate) queue: Queue,
    pub(crate) slots: Arc<dyn Slots>,
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

/// A [`Verdict`] as an engine stores it. It holds nothing of the application's, whose code formats and drops
/// errors, so an engine may keep a lock while it stores this.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) outcome: AttemptOutcome,
    pub(crate) failure: Option<RunFailure>,
    pub(crate) next: Next,
}

/// What happens to the run of an attempt that has ended.
#[derive(Debug)]
pub(crate) enum Next {
    /// It completes with this output.
    Complete(Box<RawValue>),
    /// It is attempted again after this long.
    Retry(Duration),
    /// It fails with the attempt's failure.
    Fail,
    /// It fails because the attempt took too long.
    TimeOut,
    /// It is attempted again at once, as if this attempt had not been.
    Repeat,
}

impl From<Verdict> for Ending {
    fn from(verdict: Verdict) -> Self {
        use AttemptOutcome as Outcome;
        let (outcome, error, next) = match verdict {
            Verdict::Completed(output) => (Outcome::Completed, None, Next::Complete(output)),
            Verdict::Retry { error, after } => (Outcome::Failed, Some(error), Next::Retry(after)),
            Verdict::Failed(error) => (Outcome::Failed, Some(error), Next::Fail),
            Verdict::TimedOut(error) => (Outcome::TimedOut, Some(error), Next::TimeOut),
            Verdict::Interrupted => (Outcome::Interrupted, None, Next::Repeat),
        };
        Self {
            outcome,
            failure: error.as_ref().map(RunFailure::of),
            next,
        }
    }
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
