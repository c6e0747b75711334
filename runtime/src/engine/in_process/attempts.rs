//! The attempts of [`State`]'s runs: how one begins, waits for a child, and ends.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::clock;
use super::entry::RunningAttempt;
use super::members::MemberId;
use super::state::State;
use crate::auth::Principal;
use crate::engine::{AttemptOutcome, RunAttempt, RunFailure, RunStatus};
use crate::run::{RunId, RunInfo};

/// An attempt that a worker is to make.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) task_id: String,
    pub(super) run: RunInfo,
    pub(super) number: u32,
    pub(super) payload: Box<RawValue>,
    pub(super) principal: Option<Principal>,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Ending {
    Completed(Box<RawValue>),
    Retry {
        failure: RunFailure,
        after: Duration,
    },
    Failed(RunFailure),
    TimedOut(RunFailure),
    Interrupted,
}

impl State {
    /// The next run for a worker that has these tasks, if it and the run's queue have a place.
    pub(super) fn take(
        &mut self,
        worker: MemberId,
        has_task: impl Fn(&str) -> bool,
        now: DateTime<Utc>,
    ) -> Option<Taken> {
        if !self.members.has_room(worker) {
            return None;
        }
        let id = self.lanes.first(has_task)?;
        self.unready(id);
        self.set_timer(id, None);
        let entry = self.runs.get_mut(&id)?;
        let number = entry.next_attempt();
        entry.attempt = Some(RunningAttempt {
            number,
            worker,
            started_at: now,
            stop: None,
            has_place: true,
            came_back: Arc::new(Notify::new()),
        });
        entry.run.status = RunStatus::Executing;
        entry.run.started_at.get_or_insert(now);
        self.members.hold(worker);
        self.lanes.hold(&entry.lane);
        Some(Taken {
            task_id: entry.run.task_id.clone(),
            run: entry.info(),
            number,
            payload: entry.run.payload.clone(),
            principal: entry.run.principal,
        })
    }

    /// An attempt begins, and this ends it early. It may have been cancelled since it was taken.
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

    /// An attempt waits for a child: its places are free.
    pub(super) fn leave(&mut self, id: RunId) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        let Some(attempt) = &mut entry.attempt else {
            return;
        };
        if std::mem::take(&mut attempt.has_place) {
            if !entry.run.status.is_final() {
                entry.run.status = RunStatus::Waiting;
            }
            self.members.release(attempt.worker);
            self.lanes.release(&entry.lane);
            self.let_return();
        }
    }

    /// An attempt wants to go on: `None` once it has its places, or what tells when to ask again.
    pub(super) fn come_back(&mut self, id: RunId) -> Option<Arc<Notify>> {
        let attempt = self.runs.get(&id)?.attempt.as_ref()?;
        if attempt.has_place {
            return None;
        }
        self.members.ask(attempt.worker, id);
        self.let_return();
        let attempt = self.runs.get(&id)?.attempt.as_ref()?;
        (!attempt.has_place).then(|| Arc::clone(&attempt.came_back))
    }

    /// Gives free places to attempts that want to go on. They go before runs that are not begun.
    pub(super) fn let_return(&mut self) {
        for worker in self.members.ids() {
            while self.members.has_room(worker) {
                let (runs, lanes) = (&self.runs, &self.lanes);
                let can_run = |id: &RunId| {
                    let entry = runs.get(id);
                    entry.is_some_and(|entry| lanes.has_room(&entry.lane))
                };
                let Some(id) = self.members.next_returning(worker, can_run) else {
                    break;
                };
                self.members.forget(worker, id);
                let Some(entry) = self.runs.get_mut(&id) else {
                    continue;
                };
                let Some(attempt) = &mut entry.attempt else {
                    continue;
                };
                attempt.has_place = true;
                attempt.came_back.notify_waiters();
                if !entry.run.status.is_final() {
                    entry.run.status = RunStatus::Executing;
                }
                self.members.hold(worker);
                self.lanes.hold(&entry.lane);
            }
        }
    }

    /// An attempt ended.
    pub(super) fn end(&mut self, id: RunId, ending: Ending, now: DateTime<Utc>) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        let Some(attempt) = entry.attempt.take() else {
            return;
        };
        self.members.forget(attempt.worker, id);
        if attempt.has_place {
            self.members.release(attempt.worker);
            self.lanes.release(&entry.lane);
        }
        let is_cancelled = entry.run.status.is_final();
        let (outcome, error) = match &ending {
            _ if is_cancelled => (AttemptOutcome::Canceled, None),
            Ending::Completed(_) => (AttemptOutcome::Completed, None),
            Ending::Retry { failure, .. } | Ending::Failed(failure) => {
                (AttemptOutcome::Failed, Some(failure.clone()))
            }
            Ending::TimedOut(failure) => (AttemptOutcome::TimedOut, Some(failure.clone())),
            Ending::Interrupted => (AttemptOutcome::Interrupted, None),
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
            self.go_on(id, ending, now);
        }
        self.let_return();
    }

    /// What comes after an attempt.
    fn go_on(&mut self, id: RunId, ending: Ending, now: DateTime<Utc>) {
        let Some(entry) = self.runs.get_mut(&id) else {
            return;
        };
        match ending {
            Ending::Completed(output) => {
                entry.run.output = Some(output);
                self.finish(id, RunStatus::Completed, now);
            }
            Ending::Failed(failure) => {
                entry.run.error = Some(failure);
                self.finish(id, RunStatus::Failed, now);
            }
            Ending::TimedOut(failure) => {
                entry.run.error = Some(failure);
                self.finish(id, RunStatus::TimedOut, now);
            }
            Ending::Retry { after, .. } => {
                entry.run.status = RunStatus::Queued;
                entry.run.run_at = clock::after(now, after);
                self.settle(id, now);
            }
            Ending::Interrupted => {
                entry.run.status = RunStatus::Queued;
                self.settle(id, now);
            }
        }
    }
}
