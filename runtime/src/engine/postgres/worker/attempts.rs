//! [`Attempts`]: what runs in a worker, and how it is ended.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::AbortHandle;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::super::store::Postgres;
use super::begin::Beginner;
use super::begun::Begun;
use super::finish::{Finisher, Record};
use crate::engine::worker::WorkPlan;
use crate::task::{RunId, TaskEntry};

/// The attempts of one worker.
pub(crate) struct Attempts {
    engine: Arc<Postgres>,
    plan: WorkPlan,
    worker_id: String,
    beginner: Beginner,
    records: mpsc::Sender<Record>,
    limited_queues: Arc<HashSet<String>>,
    running: Mutex<HashMap<(RunId, i32), Running>>,
    tracker: TaskTracker,
    stop: CancellationToken,
    /// What graphile_worker calls this worker at present.
    delivered_by: Mutex<String>,
}

pub(super) struct Running {
    pub(super) cancellation: CancellationToken,
    pub(super) abort: AbortHandle,
}

impl Attempts {
    pub(super) fn new(
        engine: Arc<Postgres>,
        plan: WorkPlan,
        worker_id: String,
        beginner: Beginner,
        finisher: &Finisher,
        limited_queues: Arc<HashSet<String>>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            engine,
            plan,
            worker_id,
            beginner,
            records: finisher.sender(),
            limited_queues,
            running: Mutex::default(),
            tracker: TaskTracker::new(),
            stop,
            delivered_by: Mutex::default(),
        }
    }

    pub(super) async fn record(&self, record: Record) {
        // There is a receiver as long as there are attempts.
        let _ = self.records.send(record).await;
    }

    /// What graphile_worker calls this worker at present.
    pub(super) fn delivery_name(&self) -> String {
        let name = self.delivered_by.lock();
        name.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// graphile_worker was started under this name.
    pub(super) fn delivered_by(&self, name: &str) {
        let mut current = self
            .delivered_by
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        name.clone_into(&mut current);
    }

    /// Tells an attempt that its run was cancelled.
    pub(super) fn cancel(&self, run: RunId) {
        self.begun().cancel(run);
        for ((running, _), attempt) in self.running().iter() {
            if *running == run {
                attempt.cancellation.cancel();
            }
        }
    }

    /// Ends all attempts: the time to drain is over.
    pub(super) fn interrupt(&self) {
        let running = self.running();
        if !running.is_empty() {
            tracing::warn!(
                attempts = running.len(),
                "the time to drain is over: what still runs is interrupted and handed back"
            );
        }
        for attempt in running.values() {
            attempt.cancellation.cancel();
        }
    }

    /// Waits until no attempt runs.
    pub(super) async fn ended(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Ends all attempts at once when this is dropped.
    pub(super) fn abort_on_drop(self: &Arc<Self>) -> AbortOnDrop {
        AbortOnDrop(self.clone())
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Whether the runs of a task wait for places in their queue.
    pub(super) fn is_limited(&self, task: &TaskEntry) -> bool {
        self.limited_queues.contains(task.queue())
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

    pub(super) fn beginner(&self) -> &Beginner {
        &self.beginner
    }

    pub(super) fn begun(&self) -> &Arc<Begun> {
        self.beginner.begun()
    }

    pub(super) fn places(&self) -> &Arc<Semaphore> {
        self.beginner.places()
    }

    pub(super) fn running(&self) -> MutexGuard<'_, HashMap<(RunId, i32), Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// graphile_worker's extensions ask for it.
impl std::fmt::Debug for Attempts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempts")
            .field("worker_id", &self.worker_id)
            .field("running", &self.running().len())
            .finish_non_exhaustive()
    }
}

pub(super) struct AbortOnDrop(Arc<Attempts>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        for attempt in self.0.running().values() {
            attempt.abort.abort();
        }
    }
}
