//! Logs the result of an attempt.

use std::time::Duration;

use crate::engine::{RunFailure, Verdict};
use crate::run::TaskError;
use crate::task::TaskContext;

/// Logs the result of an attempt and how long it took, but never its payload or its output. With
/// `was_told_to_end`, the run may have been cancelled, and stays so whatever the attempt returned.
pub(super) fn log(verdict: &Verdict, context: &TaskContext, was_told_to_end: bool, took: Duration) {
    match verdict {
        Verdict::Completed(_) if was_told_to_end => tracing::info!(
            task.id = context.task_id(),
            task.run_id = %context.run_id(),
            attempt = context.attempt(),
            duration_ms = milliseconds(took),
            "the attempt completed after it was asked to stop: the run is COMPLETED unless it \
             was cancelled"
        ),
        Verdict::Completed(_) => tracing::info!(
            task.id = context.task_id(),
            task.run_id = %context.run_id(),
            status = "COMPLETED",
            attempt = context.attempt(),
            duration_ms = milliseconds(took),
            "the run is COMPLETED"
        ),
        Verdict::Retry { error, after } => {
            let after = Duration::from_millis(milliseconds(*after));
            warn(context, error, &format!("the next attempt is in {after:?}"));
        }
        Verdict::Failed(error) if context.attempt() < context.max_attempts() => {
            warn(context, error, "it is not retried: the run is FAILED");
        }
        Verdict::Failed(error) => {
            warn(context, error, "no attempt is left: the run is FAILED");
        }
        Verdict::TimedOut(error) => warn(context, error, "the run is TIMED_OUT, not retried"),
        Verdict::Interrupted => tracing::debug!(
            task.id = context.task_id(),
            task.run_id = %context.run_id(),
            attempt = context.attempt(),
            duration_ms = milliseconds(took),
            "the attempt was interrupted, and does not count"
        ),
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
