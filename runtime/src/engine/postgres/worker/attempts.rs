//! [`Attempts`]: the attempts in flight in one worker, and how they are cancelled.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::AbortHandle;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::super::connections::Connections;
use super::super::rows::get;
use super::ticket::Fence;
use crate::engine::QueueError;
use crate::lock::lock;
use crate::run::RunId;

/// How many runs that may have been cancelled are remembered, and for how long: the ticket of such a run may
/// be on its way to this worker.
const MOST_HINTS: usize = 10_000;
const HINT: Duration = Duration::from_secs(60);

/// The attempts in flight in one worker, by their fencing tokens.
#[derive(Default)]
pub(super) struct Attempts {
    running: Mutex<HashMap<Fence, Running>>,
    hints: Mutex<HashMap<RunId, Instant>>,
    /// Notified when attempts may have been cancelled or taken over.
    look: Notify,
    /// Counts the tasks that run attempts.
    pub(super) tracker: TaskTracker,
}

pub(super) struct Running {
    pub(super) stop: CancellationToken,
    pub(super) abort: AbortHandle,
}

impl Attempts {
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
    pub(super) async fn check_when_notified(&self, connections: &Connections) {
        loop {
            self.look.notified().await;
            if let Err(error) = self.check_running(connections).await {
                tracing::debug!(%error, "running attempts cannot be checked; trying again soon");
            }
        }
    }

    pub(super) fn check_soon(&self) {
        self.look.notify_one();
    }

    /// Cancels the attempts of runs that were cancelled or taken over by another worker: their outcomes would
    /// not count.
    pub(super) async fn check_running(&self, connections: &Connections) -> Result<(), QueueError> {
        let (runs, tickets, deliveries): (Vec<_>, Vec<_>, Vec<_>) =
            self.running().keys().map(Fence::columns).collect();
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
        for row in connections.rows(query).await? {
            let fence = Fence {
                run: RunId::from(get::<Uuid>(&row, "id")?),
                ticket: get(&row, "ticket")?,
                delivery: get(&row, "delivery")?,
            };
            if let Some(attempt) = self.running().get(&fence) {
                attempt.stop.cancel();
            }
        }
        Ok(())
    }

    /// Cancels all attempts because the drain time is over.
    pub(super) fn interrupt(&self, worker_id: &str) {
        let running = self.running();
        if !running.is_empty() {
            tracing::warn!(
                attempts = running.len(),
                worker.id = worker_id,
                "the drain time is over: running attempts are interrupted and handed back"
            );
        }
        for attempt in running.values() {
            attempt.stop.cancel();
        }
    }

    /// Waits until all attempts have ended.
    pub(super) async fn ended(&self) {
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Aborts all attempts.
    pub(super) fn abort(&self) {
        for attempt in self.running().values() {
            attempt.abort.abort();
        }
    }

    pub(super) fn running(&self) -> MutexGuard<'_, HashMap<Fence, Running>> {
        lock(&self.running)
    }
}
