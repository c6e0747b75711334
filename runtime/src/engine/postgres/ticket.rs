//! [`Ticket`]: a job of graphile_worker, good for one attempt of a run.

use std::marker::PhantomData;
use std::sync::Arc;

use graphile_worker::{IntoTaskHandlerResult, JobDefinition, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::worker::{Attempts, PlainRun};
use crate::task::Task;

/// What is in a job: the run, and which of its tickets this is. The payload stays in the run, if the
/// run has a history.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub(super) struct Ticket<T> {
    run: Uuid,
    ticket: i32,
    /// All of a run without a history.
    #[serde(default)]
    plain: Option<PlainRun>,
    #[serde(skip)]
    task: PhantomData<fn() -> T>,
}

/// What graphile_worker knows a task by.
pub(crate) fn definition<T: Task>() -> JobDefinition {
    JobDefinition::of::<Ticket<T>>()
}

impl<T: Task> TaskHandler for Ticket<T> {
    const IDENTIFIER: &'static str = T::ID;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        // A job that came back from a worker that died has a word about it here.
        let was_handed_out = context.job().last_error().is_some();
        match context.get_ext::<Arc<Attempts>>() {
            Some(attempts) => attempts
                .redeem(T::ID, self.run, self.ticket, self.plain, was_handed_out)
                .await
                .map_err(|_| "the worker ended before the run could be begun"),
            None => Err("the worker was set up without its attempts"),
        }
    }
}
