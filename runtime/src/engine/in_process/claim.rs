//! [`Claim`]: an attempt that a worker makes.

use std::sync::Arc;

use tokio::task::JoinError;
use tokio_util::sync::CancellationToken;

use super::InProcess;
use super::attempts::Ending;
use crate::engine::RunFailure;
use crate::task::{RunId, TaskEntry, Verdict, chance};

/// An attempt that a worker makes. If it is dropped before the attempt ended, the worker itself was
/// dropped: the run is handed back.
pub(super) struct Claim {
    pub(super) engine: Arc<InProcess>,
    pub(super) task: &'static TaskEntry,
    pub(super) run: RunId,
    pub(super) number: u32,
    pub(super) max_attempts: u32,
    pub(super) stop: CancellationToken,
    pub(super) has_ended: bool,
}

impl Claim {
    /// The attempt ended; a `JoinError` is a panic outside of the task's fn and its hooks.
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
        self.engine.end(self.run, ending);
    }

    fn died(&self) -> Ending {
        let failure = RunFailure::new(&format!(
            "task `{}` panicked while its payload was read or written",
            self.task.id()
        ));
        match self.number < self.max_attempts {
            true => Ending::Retry {
                failure,
                after: self
                    .task
                    .options()
                    .retry_policy()
                    .delay_after(self.number, chance()),
            },
            false => Ending::Failed(failure),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.has_ended {
            self.engine.end(self.run, Ending::Interrupted);
        }
    }
}
