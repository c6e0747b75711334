//! The engine in this process.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, BoxFuture, Enqueued, NewRun};
use super::worker::WorkPlan;
use super::{QueueError, Run, RunFilter, WorkerError};
use crate::task::RunId;

/// Runs in this process.
pub(crate) struct InProcess {}

impl InProcess {
    pub(crate) fn new() -> Self {
        Self {}
    }
}

#[allow(unused_variables)]
impl Backend for InProcess {
    fn enqueue(&self, runs: Vec<NewRun>) -> BoxFuture<'_, Result<Vec<Enqueued>, QueueError>> {
        todo!()
    }
    fn find(&self, id: RunId) -> BoxFuture<'_, Result<Option<Run>, QueueError>> {
        todo!()
    }
    fn list(&self, filter: RunFilter) -> BoxFuture<'_, Result<Vec<Run>, QueueError>> {
        todo!()
    }
    fn finished(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        todo!()
    }
    fn cancel(&self, id: RunId) -> BoxFuture<'_, Result<Run, QueueError>> {
        todo!()
    }
    fn reschedule(&self, id: RunId, at: DateTime<Utc>) -> BoxFuture<'_, Result<Run, QueueError>> {
        todo!()
    }
    fn work(
        self: Arc<Self>,
        plan: WorkPlan,
        stop: CancellationToken,
    ) -> BoxFuture<'static, Result<(), WorkerError>> {
        todo!()
    }
}
