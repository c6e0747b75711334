//! [`Backend`]: what an engine must be able to do. Nothing else of an engine is known outside of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::new_run::{Enqueued, NewRun};
use super::worker::WorkPlan;
use super::{QueueError, QueueStats, Run, RunFilter, WorkerError};
use crate::run::RunId;

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
pub(crate) trait Slots: Send + Sync + 'static {
    /// The run is WAITING, and its place in the worker and the queue is free.
    fn release(&self) -> BoxFuture<'_, Result<(), QueueError>>;

    /// Waits for a place in the queue and in the worker; the run is EXECUTING.
    fn acquire(&self) -> BoxFuture<'_, Result<(), QueueError>>;
}
