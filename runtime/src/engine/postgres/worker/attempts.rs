//! [`Attempts`]: the attempts of one worker, and how they are cancelled.
//!
//! It is the state that the parts of a worker share: the attempts in flight, by their fencing tokens; the
//! worker's slots; the completer and the slots of queues; and what the last heartbeat has reported.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::AbortHandle;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::super::core::Postgres;
use super::super::rows::get;
use super::clock::DatabaseClock;
use super::completer::Completer;
use super::liveness::Liveness;
use super::queue_slots::QueueSlots;
use super::ticket::Fence;
use crate::engine::QueueError;
use crate::engine::worker::WorkPlan;
use crate::run::RunId;

/// How many runs that may have been cancelled are remembered, and for how long: the ticket of such a run may
/// be on its way to this worker.
const MOST_HINTS: usize = 10_000;
const HINT: Duration = Duration::from_secs(60);

/// The attempts of one worker, and what they share.
pub(super) struct Attempts {
    engine: Arc<Postgres>,
    plan: Arc<WorkPlan>,
    worker_id: String,
    completer: Completer,
    queues: QueueSlots,
    /// The slots of this worker: one permit for each attempt that may run at once.
    slots: Arc<Semaphore>,
    /// One permit, for the redelivered attempt that is in quarantine.
    quarantine: Arc<Semaphore>,
    running: Mutex<HashMap<Fence, Running>>,
    /// The jobs of graphile_worker that this worker is executing.
    jobs: Mutex<HashSet<i64>>,
    hints: Mutex<HashMap<RunId, Instant>>,
    /// Notified when attempts may have been cancelled or taken over.
    look: Notify,
    /// Notified when a parked run could not begin although a slot was free.
    skipped: Notify,
    limited_queues: Mutex<Arc<HashSet<String>>>,
    clock: watch::Sender<Option<DatabaseClock>>,
    liveness: watch::Sender<Liveness>,
    tracker: TaskTracker,
    stop: CancellationToken,
}

pub(super) struct Running {
    pub(super) cancellation: CancellationToken,
    pub(super) abort: AbortHandle,
}

impl Attempts {
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
            completer: Completer::start(engine, worker_id, give_up.clone()),
            queues: QueueSlots::start(engine, worker_id, tasks, give_up.clone()),
            slots: Arc::new(Semaphore::new(plan.settings.concurrency)),
            quarantine: Arc::new(Semaphore::new(1)),
            running: Mutex::default(),
            jobs: Mutex::default(),
            hints: Mutex::default(),
            look: Notify::new(),
            skipped: Notify::new(),
            limited_queues: Mutex::default(),
            clock: watch::Sender::new(None),
            liveness: watch::Sender::default(),
            tracker: TaskTracker::new(),
            stop: stop.clone(),
        }
    }

    /// Records that a run may have been cancelled. It is checked now if it runs here, otherwise when its
    /// ticket arrives.
    pub(super) fn may_be_cancelled(&self, run: RunId) {
        let now = Instant::now();
        let mut hints = lock(&self.hints);
        if hints.len() >= MOST_HINTS {
            hints.retain(|_, at| now - *at < HINT);
        }
        if hints.len() < MOST_HINTS {
            hints.insert(run, now);
        }
        drop(hints);
        if self.running().keys().any(|fence| fence.run == run) {
            self.look.notify_one();
        }
    }

    /// Returns whether a run may have been cancelled since its ticket was delivered.
    pub(super) fn may_be_cancelled_since(&self, run: RunId) -> bool {
        lock(&self.hints).contains_key(&run)
    }

    /// Checks the running attempts whenever there is a reason to.
    pub(super) async fn check_when_notified(&self) {
        loop {
            self.look.notified().await;
            if let Err(error) = self.check_running().await {
                tracing::debug!(%error, "running attempts cannot be checked; trying again soon");
            }
        }
    }

    /// Returns what is notified when a parked run could not begin although a slot was free.
    pub(super) fn skipped(&self) -> &Notify {
        &self.skipped
    }

    pub(super) fn check_soon(&self) {
        self.look.notify_one();
    }

    /// Cancels the attempts of runs that were cancelled or taken over by another worker: their outcomes would
    /// not count.
    pub(super) async fn check_running(&self) -> Result<(), QueueError> {
        let (mut runs, mut tickets, mut deliveries) = (Vec::new(), Vec::new(), Vec::new());
        for fence in self.running().keys() {
            runs.push(*fence.run.as_uuid());
            tickets.push(fence.ticket);
            deliveries.push(fence.delivery);
        }
        if runs.is_empty() {
            return Ok(());
        }
        let query = sqlx::query(
            "select b.id, b.ticket, b.delivery
             from unnest($1::uuid[], $2::int[], $3::int[]) as b (id, ticket, delivery)
             join supabase_task.runs r on r.id = b.id
             where r.status = 'CANCELED' or r.ticket <> b.ticket or r.delivery <> b.delivery",
        );
        let query = query.bind(runs).bind(tickets).bind(deliveries);
        for row in self.engine.connections.rows(query).await? {
            let fence = Fence {
                run: RunId::from(get::<Uuid>(&row, "id")?),
                ticket: get(&row, "ticket")?,
                delivery: get(&row, "delivery")?,
            };
            if let Some(attempt) = self.running().get(&fence) {
                attempt.cancellation.cancel();
            }
        }
        Ok(())
    }

    /// Cancels all attempts because the drain time is over.
    pub(super) fn interrupt(&self) {
        let running = self.running();
        if !running.is_empty() {
            tracing::warn!(
                attempts = running.len(),
                worker.id = self.worker_id,
                "the drain time is over: running attempts are interrupted and handed back"
            );
        }
        for attempt in running.values() {
            attempt.cancellation.cancel();
        }
    }

    /// Waits until all attempts have ended.
    pub(super) async fn ended(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Returns a guard that aborts all attempts when it is dropped.
    pub(super) fn abort_on_drop(self: &Arc<Self>) -> AbortOnDrop {
        AbortOnDrop(self.clone())
    }

    /// Returns the name of a background part that has ended, which never happens unless it panics.
    pub(super) fn broken(&self) -> Option<&'static str> {
        let parts = [
            (self.completer.has_ended(), "the completer"),
            (self.queues.has_ended(), "the actor for queue slots"),
            (
                self.engine.events.has_ended(),
                "the connection that listens to the database",
            ),
        ];
        let broken = parts.into_iter().find(|(has_ended, _)| *has_ended);
        broken.map(|(_, part)| part)
    }

    /// Records that a heartbeat has succeeded, and the database's time that it returned.
    pub(super) fn heartbeat_succeeded(&self, time: chrono::DateTime<chrono::Utc>) {
        self.clock.send_replace(Some(DatabaseClock::told(time)));
        let longest_gap = self.engine.settings.takeover / 2;
        self.liveness
            .send_modify(|liveness| liveness.heartbeat_succeeded(longest_gap));
    }

    /// Returns whether the silence of other workers means that they are dead.
    pub(super) fn can_judge_others(&self) -> bool {
        let takeover = self.engine.settings.takeover;
        self.liveness.borrow().is_live_for(takeover)
    }

    /// Returns the database's time, or this machine's time until the database's is known.
    pub(super) fn now(&self) -> chrono::DateTime<chrono::Utc> {
        let clock = *self.clock.borrow();
        clock.map_or_else(chrono::Utc::now, |clock| clock.now())
    }

    pub(super) fn limit_queues(&self, names: HashSet<String>) {
        *lock(&self.limited_queues) = Arc::new(names);
    }

    /// Returns whether a queue has a limit, so that its runs need slots of it.
    pub(super) fn is_limited(&self, queue: &str) -> bool {
        lock(&self.limited_queues).contains(queue)
    }

    /// Returns the jobs of graphile_worker that this worker is executing.
    pub(super) fn jobs(&self) -> MutexGuard<'_, HashSet<i64>> {
        lock(&self.jobs)
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    pub(super) fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    pub(super) fn worker_id(&self) -> &str {
        &self.worker_id
    }

    pub(super) fn tracker(&self) -> &TaskTracker {
        &self.tracker
    }

    pub(super) fn engine(&self) -> &Arc<Postgres> {
        &self.engine
    }

    pub(super) fn plan(&self) -> &WorkPlan {
        &self.plan
    }

    pub(super) fn completer(&self) -> &Completer {
        &self.completer
    }

    pub(super) fn queues(&self) -> &QueueSlots {
        &self.queues
    }

    pub(super) fn slots(&self) -> &Arc<Semaphore> {
        &self.slots
    }

    pub(super) fn quarantine(&self) -> &Arc<Semaphore> {
        &self.quarantine
    }

    pub(super) fn running(&self) -> MutexGuard<'_, HashMap<Fence, Running>> {
        lock(&self.running)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) struct AbortOnDrop(Arc<Attempts>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        for attempt in self.0.running().values() {
            attempt.abort.abort();
        }
    }
}
