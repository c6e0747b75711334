//! What graphile_worker knows a task by.

use std::marker::PhantomData;

use graphile_worker::{IntoTaskHandlerResult, JobDefinition, TaskHandler, WorkerContext};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize, Serializer};

use crate::task::Task;

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

impl<T: Task> TaskHandler for JobOf<T> {
    const IDENTIFIER: &'static str = T::ID;

    async fn run(self, _: WorkerContext) -> impl IntoTaskHandlerResult {
        Err::<(), _>("attempts are not made here")
    }
}

pub(crate) fn definition<T: Task>() -> JobDefinition {
    JobDefinition::of::<JobOf<T>>()
}
