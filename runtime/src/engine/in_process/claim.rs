//! [`Claim`]: an attempt that a worker is running.

use std::sync::Arc;

use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use super::InProcess;
use super::attempts::Ending;
use crate::engine::RunFailure;
use crate::engine::{TaskEntry, Verdict, spans};
use crate::run::RunId;

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
        let ending = match ended {
            Ok(Verdict::Completed(output)) => Ending::Completed(output),
            Ok(Verdict::Retry { error, after }) => Ending::Retry {
                failure: RunFailure::of(&error),
                after,
            },
            Ok(Verdict::Failed(error)) => Ending::Failed(RunFailure::of(&error)),
            Ok(Verdict::TimedOut(error)) => Ending::TimedOut(RunFailure::of(&error)),
            Ok(Verdict::Interrupted) => Ending::Interrupted,
            Err(died) if died.is_panic() => self.died(),
            Err(_) => Ending::Interrupted,
        };
        self.has_ended = true;
        spans::complete(1).in_scope(|| self.engine.end(self.run, ending));
    }

    fn died(&self) -> Ending {
        let reason = "the attempt panicked while it was taken down";
        tracing::warn!(
            task.id = self.task.id(),
            task.run_id = %self.run,
            "{reason}: the run is FAILED"
        );
        Ending::Failed(RunFailure::new(reason))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.has_ended {
            self.engine.end(self.run, Ending::Interrupted);
        }
    }
}
