//! Job definitions, by which graphile_worker knows the tasks of a worker.

use std::marker::PhantomData;

pub(crate) use graphile_worker::JobDefinition;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};

/// A job of the task `T`. Only the task's name is used: a hook runs the attempt before graphile_worker would
/// call a handler.
#[derive(Debug, Deserialize)]
#[serde(bound = "", from = "IgnoredAny")]
struct JobOf<T> {
    task: PhantomData<fn() -> T>,
}

/// Required by graphile_worker; no job is ever written with it.
impl<T> Serialize for JobOf<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl<T> From<IgnoredAny> for JobOf<T> {
    fn from(_: IgnoredAny) -> Self {
        Self { task: PhantomData }
    }
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
