//! [`WorkerState`]: what the parts of one worker share.

use std::sync::Arc;

use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use super::super::core::Postgres;
use super::attempts::Attempts;
use super::clock::DatabaseClock;
use super::completer::Completer;
use super::liveness::Liveness;
use super::queue_slots::QueueSlots;
use crate::engine::worker::WorkPlan;

pub(super) struct WorkerState {
    pub(super) engine: Arc<Postgres>,
    pub(super) plan: Arc<WorkPlan>,
    pub(super) worker_id: String,
    pub(super) attempts: Attempts,
    pub(super) completer: Completer,
    pub(super) queues: QueueSlots,
    /// The slots of this worker: one permit for each attempt that may run at once.
    pub(super) slots: Arc<Semaphore>,
    /// One permit, for the redelivered attempt that is in quarantine.
    pub(super) quarantine: Arc<Semaphore>,
    /// Notified when a parked run could not begin although a slot was free.
    pub(super) skipped: Notify,
    pub(super) clock: DatabaseClock,
    pub(super) liveness: Liveness,
    /// Cancelled when the worker must begin no more attempts.
    pub(super) stop: CancellationToken,
}

impl WorkerState {
    pub(super) fn new(
        engine: &Arc<Postgres>,
        plan: &Arc<WorkPlan>,
        worker_id: &str,
        stop: &CancellationToken,
        give_up: &CancellationToken,
    ) -> Self {
        let tasks = plan.tasks.keys().map(|id| (*id).to_owned()).collect();
        Self {
            engine: engine.clone(),
            plan: plan.clone(),
            worker_id: worker_id.to_owned(),
            attempts: Attempts::default(),
            completer: Completer::start(engine, worker_id, give_up.clone()),
            queues: QueueSlots::start(engine, worker_id, tasks, give_up.clone()),
            slots: Arc::new(Semaphore::new(plan.settings.concurrency)),
            quarantine: Arc::new(Semaphore::new(1)),
            skipped: Notify::new(),
            clock: DatabaseClock::default(),
            liveness: Liveness::new(engine.settings.takeover),
            stop: stop.clone(),
        }
    }

    /// Returns the name of a background part that has ended, which never happens unless it panics.
    pub(super) fn broken(&self) -> Option<&'static str> {
        if self.completer.has_ended() {
            Some("the completer")
        } else if self.queues.has_ended() {
            Some("the actor for queue slots")
        } else {
            let has_ended = self.engine.events.has_ended();
            has_ended.then_some("the connection that listens to the database")
        }
    }
}
