//! [`Ticket`]: a job of graphile_worker, good for one attempt of a run.

use std::marker::PhantomData;
use std::sync::Arc;

use graphile_worker::{IntoTaskHandlerResult, JobDefinition, TaskHandler, WorkerContext};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};

use super::worker::Attempts;
use crate::task::Task;

/// A ticket for the task `T`. graphile_worker carries no more than its number: what is in the job
/// stays with who has fetched it, see [`Beginner`](super::worker::Beginner).
#[derive(Debug, Deserialize)]
#[serde(bound = "", from = "IgnoredAny")]
pub(super) struct Ticket<T> {
    task: PhantomData<fn() -> T>,
}

/// No job is written by this; graphile_worker asks for it.
impl<T> Serialize for Ticket<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<T> From<IgnoredAny> for Ticket<T> {
    fn from(_: IgnoredAny) -> Self {
        Self { task: PhantomData }
    }
}

/// What graphile_worker knows a task by.
pub(crate) fn definition<T: Task>() -> JobDefinition {
    JobDefinition::of::<Ticket<T>>()
}

impl<T: Task> TaskHandler for Ticket<T> {
    const IDENTIFIER: &'static str = T::ID;

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        match context.get_ext::<Arc<Attempts>>() {
            Some(attempts) => attempts
                .redeem(T::ID, *context.job().id())
                .await
                .map_err(|_| "the run could not be begun"),
            None => Err("the worker was set up without its attempts"),
        }
    }
}
