//! [`Backend`]: the interface of an engine. Nothing outside an engine knows more about it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::new_run::{Enqueued, NewRun};
use super::worker::WorkPlan;
use super::{QueueError, QueueStats, Run, RunFilter, WorkerError};
use crate::run::RunId;

/// The interface of an engine.
pub(crate) trait Backend: Send + Sync + 'static {
    /// Stores all of the runs, or none. The results are in the order of `runs`.
    fn enqueue(&self, runs: Vec<NewRun>) -> BoxFuture<'_, Result<Vec<Enqueued>, QueueError>>;

    /// Returns a run, if it exists.
    fn find(&self, id: RunId) -> BoxFuture<'_, Result<Option<Run>, QueueError>>;

    /// Returns runs, newest first.
    fn list(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, QueueError>>;

    /// Counts the open runs.
    fn stats(&self) -> BoxFuture<'_, Result<QueueStats, QueueError>>;

    /// Waits until a run has a final status.
    fn finished(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>>;

    /// Cancels a run: it is CANCELED at once, and a running attempt is signalled. A run that has
    /// ended stays as it is. Returns the run in its resulting state.
    fn cancel(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>>;

    /// Moves a DELAYED run to another time.
    fn reschedule(&self, id: RunId, at: DateTime<Utc>) -> BoxFuture<'_, Result<Run, QueueError>>;

    /// Works on runs until `stop` is cancelled, then drains, hands back the remaining runs, and returns.
    fn work(self: Arc<Self>, plan: WorkPlan, stop: CancellationToken) -> Working;
}

/// A worker, until it has ended.
pub(crate) type Working = BoxFuture<'static, Result<(), WorkerError>>;

/// How a running attempt releases its slots and acquires them again.
pub(crate) trait Slots: Send + Sync + 'static {
    /// Makes the run WAITING, and frees its slots of the worker and the queue.
    fn release(&self) -> BoxFuture<'_, Result<(), QueueError>>;

    /// Waits for a slot of the queue and one of the worker, then makes the run EXECUTING.
    fn acquire(&self) -> BoxFuture<'_, Result<(), QueueError>>;
}
