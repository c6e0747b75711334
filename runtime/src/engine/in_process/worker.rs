//! The worker of this engine: takes runs, runs their attempts, and hands back the rest when it stops.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::claim::Claim;
use super::slots::AttemptSlots;
use super::workers::WorkerId;
use super::{InProcess, clock, schedules};
use crate::engine::worker::WorkPlan;
use crate::engine::{Verdict, spans};

/// How long to wait for attempts after their grace time. An attempt ends itself at that point, unless it
/// blocks its thread.
const BLOCKED: Duration = Duration::from_secs(1);

/// Works until `stop` is cancelled, then drains and hands back the remaining runs.
pub(super) async fn work(engine: Arc<InProcess>, plan: WorkPlan, stop: CancellationToken) {
    let registration = Registration::join(engine, &plan);
    plan.settings.registered.cancel();
    let mut worker = InProcessWorker {
        plan,
        attempts: JoinSet::new(),
        claims: HashMap::new(),
        registration,
    };
    worker.work_until(&stop).await;
    worker.drain().await;
}

struct InProcessWorker {
    plan: WorkPlan,
    // Dropped in this order: the attempts are aborted, their runs are handed back, and the worker is
    // deregistered.
    attempts: JoinSet<Verdict>,
    claims: HashMap<Id, Claim>,
    registration: Registration,
}

impl InProcessWorker {
    async fn work_until(&mut self, stop: &CancellationToken) {
        let mut changes = self.registration.engine.changes.subscribe();
        while !stop.is_cancelled() {
            // Done before reading the state, so that no later change is missed.
            changes.mark_unchanged();
            self.make_ticks();
            self.start_attempts();
            let wake = self.next_wake();
            tokio::select! {
                () = stop.cancelled() => {}
                Some(ended) = self.attempts.join_next_with_id() => self.ended(ended),
                _ = changes.changed() => {}
                () = clock::sleep_until(wake) => {}
            }
        }
    }

    /// Waits for the running attempts for the drain time, then interrupts them and waits for the grace
    /// time.
    async fn drain(&mut self) {
        let settings = &self.plan.settings;
        let (drain, grace) = (settings.drain, settings.grace);
        if tokio::time::timeout(drain, self.all_ended()).await.is_ok() {
            return;
        }
        for claim in self.claims.values() {
            tracing::warn!(
                task.id = claim.task.id(),
                task.run_id = %claim.run,
                "the worker is stopping: the attempt is interrupted and its run handed back"
            );
            claim.stop.cancel();
        }
        let longest = grace.saturating_add(BLOCKED);
        let ended = tokio::time::timeout(longest, self.all_ended()).await;
        if ended.is_err() {
            tracing::warn!(
                attempts = self.claims.len(),
                "attempts did not end within the grace time, because they block a thread of the \
                 runtime: use `spawn_blocking`"
            );
        }
    }

    async fn all_ended(&mut self) {
        while let Some(ended) = self.attempts.join_next_with_id().await {
            self.ended(ended);
        }
    }

    fn ended(&mut self, ended: Result<(Id, Verdict), tokio::task::JoinError>) {
        let (id, ended) = match ended {
            Ok((id, verdict)) => (id, Ok(verdict)),
            Err(error) => (error.id(), Err(error)),
        };
        if let Some(claim) = self.claims.remove(&id) {
            claim.end(ended);
        }
    }

    fn start_attempts(&mut self) {
        let Registration { engine, id } = &self.registration;
        let tasks = &self.plan.tasks;
        let has_task = |task: &str| tasks.contains_key(task);
        let span = spans::claim();
        let take = || span.in_scope(|| engine.read(|state, now| state.take(*id, has_task, now)));
        let mut claimed = 0;
        while let Some(taken) = take() {
            claimed += 1;
            let Some(task) = tasks.get(taken.task_id.as_str()).copied() else {
                continue;
            };
            let run_id = taken.attempt.run.id;
            let slots = Arc::new(AttemptSlots {
                engine: Arc::clone(engine),
                run: run_id,
            });
            let (stop, future) = self.plan.attempt(task, taken.attempt, slots);
            engine.read(|state, _| state.begin(run_id, &stop));
            let claim = Claim {
                engine: Arc::clone(engine),
                task,
                run: run_id,
                stop,
                has_ended: false,
            };
            // Each attempt gets its own Tokio task, so that one that panics or blocks affects no other.
            let handle = self.attempts.spawn(future);
            self.claims.insert(handle.id(), claim);
        }
        spans::claimed(&span, claimed);
    }

    /// Enqueues the runs of the ticks that are due.
    fn make_ticks(&self) {
        let engine = &self.registration.engine;
        for (task, schedule) in &self.plan.schedules {
            let take =
                |state: &mut super::State, now| state.schedules.take(task.id(), schedule, now);
            let Some(tick) = engine.read(take) else {
                continue;
            };
            // Not under the lock, because the application's code makes the payload.
            match schedules::run_of(task, tick) {
                Some(Ok(run)) => _ = engine.change(|state, now| state.enqueue(vec![run], now)),
                Some(Err(error)) => tracing::error!(
                    task.id = task.id(),
                    error = %error,
                    "the run that its schedule makes could not be made"
                ),
                None => {}
            }
        }
    }

    fn next_wake(&self) -> Option<DateTime<Utc>> {
        let schedules = &self.plan.schedules;
        self.registration.engine.read(|state, _| {
            let ticks = schedules.iter();
            let ticks = ticks.filter_map(|(task, _)| state.schedules.next(task.id()));
            ticks.chain(state.next_timer()).min()
        })
    }
}

/// A worker's registration with the engine, removed on drop.
struct Registration {
    engine: Arc<InProcess>,
    id: WorkerId,
}

impl Registration {
    fn join(engine: Arc<InProcess>, plan: &WorkPlan) -> Self {
        let id = engine.change(|state, now| {
            state.ready.set_limits(&plan.limits);
            for (task, schedule) in &plan.schedules {
                state.schedules.begin(task.id(), schedule, now);
            }
            state.workers.join(plan.settings.concurrency)
        });
        Self { engine, id }
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.engine.change(|state, _| state.workers.leave(self.id));
    }
}
