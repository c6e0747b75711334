//! [`Verdict`]: what came of an attempt, and what comes next.

use std::time::Duration;

use serde_json::value::RawValue;

use super::{TaskContext, TaskError};
use crate::engine::RunFailure;

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

impl Verdict {
    /// Logs what came of an attempt that took so long, and never its payload or its output.
    /// `was_told_to_end`: a run that was cancelled stays so, whatever its attempt returned.
    pub(super) fn log(&self, context: &TaskContext, was_told_to_end: bool, took: Duration) {
        match self {
            Self::Completed(_) if was_told_to_end => tracing::info!(
                task.id = context.task_id(),
                task.run_id = %context.run_id(),
                attempt = context.attempt(),
                duration_ms = milliseconds(took),
                "the attempt completed after it was told to end: the run is COMPLETED unless it \
                 was cancelled"
            ),
            Self::Completed(_) => tracing::info!(
                task.id = context.task_id(),
                task.run_id = %context.run_id(),
                status = "COMPLETED",
                attempt = context.attempt(),
                duration_ms = milliseconds(took),
                "the run is COMPLETED"
            ),
            Self::Retry { error, after } => {
                let after = Duration::from_millis(milliseconds(*after));
                warn(context, error, &format!("the next attempt is in {after:?}"));
            }
            Self::Failed(error) if context.attempt() < context.max_attempts() => {
                warn(context, error, "it is not retried: the run is FAILED");
            }
            Self::Failed(error) => {
                warn(context, error, "no attempt is left: the run is FAILED");
            }
            Self::TimedOut(error) => warn(context, error, "the run is TIMED_OUT, not retried"),
            Self::Interrupted => tracing::debug!(
                task.id = context.task_id(),
                task.run_id = %context.run_id(),
                attempt = context.attempt(),
                duration_ms = milliseconds(took),
                "the attempt was interrupted, and does not count"
            ),
        }
    }
}

fn warn(context: &TaskContext, error: &TaskError, next: &str) {
    tracing::warn!(
        task.id = context.task_id(),
        task.run_id = %context.run_id(),
        attempt = context.attempt(),
        max_attempts = context.max_attempts(),
        error = RunFailure::of(error).message,
        "an attempt failed: {next}"
    );
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
