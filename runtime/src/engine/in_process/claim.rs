//! [`Claim`]: an attempt that a worker is running.

use std::sync::Arc;

use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use super::InProcess;
use crate::engine::{Ending, TaskEntry, Verdict, spans};
use crate::run::{RunId, TaskError};

/// An attempt that a worker is running. If it is dropped before the attempt has ended, the worker itself
/// was dropped, and the run is handed back.
pub(super) struct Claim {
    pub(super) engine: Arc<InProcess>,
    pub(super) task: &'static TaskEntry,
    pub(super) run: RunId,
    pub(super) stop: CancellationToken,
    pub(super) has_ended: bool,
}

impl Claim {
    /// Records the end of the attempt. A panic in a `JoinError` comes from a destructor of the attempt.
    pub(super) fn end(mut self, ended: Result<Verdict, JoinError>) {
        let verdict = match ended {
            Ok(verdict) => verdict,
            Err(died) if died.is_panic() => {
                let reason = "the attempt panicked while it was taken down";
                tracing::warn!(
                    task.id = self.task.id(),
                    task.run_id = %self.run,
                    "{reason}: the run is FAILED"
                );
                Verdict::Failed(TaskError::abort(reason))
            }
            Err(_) => Verdict::Interrupted,
        };
        let ending = Ending::from(verdict);
        self.has_ended = true;
        spans::complete(1).in_scope(|| self.engine.end(self.run, ending));
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.has_ended {
            self.engine.end(self.run, Verdict::Interrupted.into());
        }
    }
}
