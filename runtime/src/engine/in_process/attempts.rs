//! The attempts of the runs in a [`State`]: how they begin, wait for a child, and end.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::clock;
use super::entry::RunningAttempt;
use super::state::State;
use super::workers::WorkerId;
use crate::auth::StoredIdentity;
use crate::engine::worker::Attempt;
use crate::engine::{AttemptOutcome, Ending, Next, RunAttempt, RunFailure, RunStatus};
use crate::run::RunId;

/// A run that a worker has taken, to run its next attempt.
#[derive(Debug)]
pub(super) struct ClaimedRun {
    pub(super) task_id: String,
    pub(super) attempt: Attempt,
}

impl State {
    /// Takes the next run for a worker with these tasks, if the worker and the run's queue have a free slot.
    pub(super) fn take(
        &mut self,
        worker: WorkerId,
        has_task: impl Fn(&str) -> bool,
        now: DateTime<Utc>,
    ) -> Option<ClaimedRun> {
        if !self.workers.has_room(worker) {
            return None;
        }
        let id = self.ready.first(has_task)?;
        self.unready(id);
        self.set_timer(id, None);
        let entry = self.runs.get_mut(&id)?;
        let number = entry.next_attempt();
        entry.attempt = Some(RunningAttempt {
            number,
            worker,
            started_at: now,
            stop: None,
            has_slot: true,
            reacquired: Arc::new(Notify::new()),
        });
        entry.run.status = RunStatus::Executing;
        entry.run.started_at.get_or_insert(now);
        self.workers.hold(worker);
        self.ready.hold(&entry.queue_key);
        Some(ClaimedRun {
            task_id: entry.run.task_id.clone(),
            attempt: Attempt {
                run: entry.info(),
                number,
                payload: entry.run.payload.clone(),
                stored: entry
                    .run
                    .principal
                    .map_or(StoredIdentity::Unknown, StoredIdentity::Is),
            },
        })
    }

    /// Begins an attempt, which `stop` ends early. Its run may have been cancelled since it was taken.
    pub(super) fn begin(&mut self, id: RunId, stop: &CancellationToken) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        if entry.run.status.is_final() {
            stop.cancel();
        }
        if let Some(attempt) = &mut entry.attempt {
            attempt.stop = Some(stop.clone());
        }
    }

    /// Frees the slots of an attempt that waits for a child.
    pub(super) fn leave(&mut self, id: RunId) {
        if let Some(entry) = self.runs.get_mut(&id)
            && let Some(attempt) = &mut entry.attempt
            && std::mem::take(&mut attempt.has_slot)
        {
            if !entry.run.status.is_final() {
                entry.run.status = RunStatus::Waiting;
            }
            self.workers.release(attempt.worker);
            self.ready.release(&entry.queue_key);
            self.grant_slots();
        }
    }

    /// Asks for the slots of an attempt that wants to continue. Returns `None` once it has them, otherwise
    /// a notification of when to ask again.
    pub(super) fn reacquire(&mut self, id: RunId) -> Option<Arc<Notify>> {
        let attempt = self.runs.get(&id)?.attempt.as_ref()?;
        if attempt.has_slot {
            return None;
        }
        self.workers.ask(attempt.worker, id);
        self.grant_slots();
        let attempt = self.runs.get(&id)?.attempt.as_ref()?;
        (!attempt.has_slot).then(|| Arc::clone(&attempt.reacquired))
    }

    /// Gives free slots to attempts that want to continue. They take precedence over runs that wait to
    /// start.
    pub(super) fn grant_slots(&mut self) {
        for worker in self.workers.ids() {
            while self.workers.has_room(worker) {
                let (runs, ready) = (&self.runs, &self.ready);
                let can_run = |id: &RunId| {
                    let entry = runs.get(id);
                    entry.is_some_and(|entry| ready.has_room(&entry.queue_key))
                };
                let Some(id) = self.workers.next_waiting(worker, can_run) else {
                    break;
                };
                self.workers.forget(worker, id);
                if let Some(entry) = self.runs.get_mut(&id)
                    && let Some(attempt) = &mut entry.attempt
                {
                    attempt.has_slot = true;
                    attempt.reacquired.notify_waiters();
                    if !entry.run.status.is_final() {
                        entry.run.status = RunStatus::Executing;
                    }
                    self.workers.hold(worker);
                    self.ready.hold(&entry.queue_key);
                }
            }
        }
    }

    /// Records the end of an attempt.
    pub(super) fn end(&mut self, id: RunId, ending: Ending, now: DateTime<Utc>) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        let Some(attempt) = entry.attempt.take() else {
            return;
        };
        self.workers.forget(attempt.worker, id);
        if attempt.has_slot {
            self.workers.release(attempt.worker);
            self.ready.release(&entry.queue_key);
        }
        let is_cancelled = entry.run.status.is_final();
        let (outcome, error) = match is_cancelled {
            true => (AttemptOutcome::Canceled, None),
            false => (ending.outcome, ending.failure.clone()),
        };
        entry.run.attempts.push(RunAttempt {
            number: attempt.number,
            outcome,
            started_at: attempt.started_at,
            ended_at: now,
            error,
            worker: Some(attempt.worker.name()),
        });
        if is_cancelled {
            self.retire(id);
        } else {
            self.go_on(id, ending.next, ending.failure, now);
        }
        self.grant_slots();
    }

    /// Moves a run on after an attempt.
    fn go_on(&mut self, id: RunId, next: Next, failure: Option<RunFailure>, now: DateTime<Utc>) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        let status = match next {
            Next::Complete(output) => {
                entry.run.output = Some(output);
                RunStatus::Completed
            }
            Next::Fail => RunStatus::Failed,
            Next::TimeOut => RunStatus::TimedOut,
            Next::Retry(after) => {
                entry.run.run_at = clock::after(now, after);
                RunStatus::Queued
            }
            Next::Repeat => RunStatus::Queued,
        };
        if status == RunStatus::Queued {
            entry.run.status = status;
            return self.settle(id, now);
        }
        entry.run.error = failure;
        self.finish(id, status, now);
    }
}
