//! What graphile_worker knows a task by.

use std::marker::PhantomData;

pub(crate) use graphile_worker::JobDefinition;
use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};

/// Jobs of the task `T`. Only their name is used: attempts are made before a handler would be called.
#[derive(Debug, Deserialize)]
#[serde(bound = "", from = "IgnoredAny")]
struct JobOf<T> {
    task: PhantomData<fn() -> T>,
}

/// No job is written by this; graphile_worker asks for it.
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

/// A task, as far as graphile_worker has to know it.
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
