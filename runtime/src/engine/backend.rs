//! [`Backend`]: what an engine must be able to do. Nothing else of an engine is known outside of it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::worker::WorkPlan;
use super::{QueueError, QueueStats, Run, RunFilter, WorkerError};
use crate::auth::Principal;
use crate::run::RunId;

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A run to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewRun {
    /// Made by whoever triggers: sending it twice stores it once.
    pub(crate) id: RunId,
    pub(crate) task_id: String,
    pub(crate) payload: Box<RawValue>,
    pub(crate) principal: Principal,
    pub(crate) queue: String,
    pub(crate) concurrency_key: Option<String>,
    pub(crate) priority: u32,
    pub(crate) max_attempts: u32,
    /// `None`: at once. Never both this and `delay`.
    pub(crate) run_at: Option<DateTime<Utc>>,
    /// From now on the engine's clock, which need not be this machine's.
    pub(crate) delay: Option<Duration>,
    /// Counted from when it is stored, as in Trigger.dev.
    pub(crate) ttl: Option<Duration>,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) trace_id: String,
    pub(crate) parent: Option<RunId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Idempotency {
    pub(crate) key: String,
    pub(crate) ttl: Duration,
}

/// What became of a [`NewRun`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enqueued {
    /// Of the run that is there; another one's where the idempotency key was known.
    pub(crate) id: RunId,
    /// Whether the run was there before.
    pub(crate) is_cached: bool,
}

/// An engine.
pub(crate) trait Backend: Send + Sync + 'static {
    /// Stores runs, all or none. In the order of `runs`.
    fn enqueue(&self, runs: Vec<NewRun>) -> BoxFuture<'_, Result<Vec<Enqueued>, QueueError>>;

    /// A run, if it is there.
    fn find(&self, id: RunId) -> BoxFuture<'_, Result<Option<Run>, QueueError>>;

    /// Runs, the newest first.
    fn list(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, QueueError>>;

    /// How many runs are open.
    fn stats(&self) -> BoxFuture<'_, Result<QueueStats, QueueError>>;

    /// Waits until a run has its last status.
    fn finished(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>>;

    /// Cancels a run: it is CANCELED at once, and a running attempt is told. A run that is over
    /// stays as it is. Gives the run as it is then.
    fn cancel(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>>;

    /// Moves a DELAYED run to another time.
    fn reschedule(&self, id: RunId, at: DateTime<Utc>) -> BoxFuture<'_, Result<Run, QueueError>>;

    /// Works on runs until `stop` is cancelled, drains, hands back what is left, and returns.
    fn work(
        self: Arc<Self>,
        plan: WorkPlan,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<(), WorkerError>>;
}

/// How a running attempt gives back its place and takes one again.
pub(crate) trait Places: Send + Sync + 'static {
    /// The run is WAITING, and its place in the worker and the queue is free.
    fn leave(&self) -> BoxFuture<'_, Result<(), QueueError>>;

    /// Waits for a place in the queue and in the worker; the run is EXECUTING.
    fn enter(&self) -> BoxFuture<'_, Result<(), QueueError>>;
}
