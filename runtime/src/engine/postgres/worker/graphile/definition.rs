//! Job definitions, by which graphile_worker knows the tasks of a worker.

use std::marker::PhantomData;

pub(crate) use graphile_worker::JobDefinition;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize};

/// A job of the task `T`. Only the task's name is used: a hook runs the attempt before graphile_worker would
/// call a handler.
#[derive(Debug, Deserialize, Serialize)]
#[serde(bound = "")]
struct JobOf<T> {
    #[serde(skip)]
    task: PhantomData<fn() -> T>,
}

/// A task with the name that graphile_worker knows it by.
pub(crate) trait NamedTask: Send + 'static {
    const NAME: &'static str;
}

impl<T: NamedTask> TaskHandler for JobOf<T> {
    const IDENTIFIER: &'static str = T::NAME;

    async fn run(self, _: WorkerContext) -> impl IntoTaskHandlerResult {
        Err::<(), _>("attempts are not made here")
    }
}

pub(crate) fn definition<T: NamedTask>() -> JobDefinition {
    JobDefinition::of::<JobOf<T>>()
}
