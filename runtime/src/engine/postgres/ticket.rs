//! [`Ticket`]: a job of graphile_worker, good for one attempt of a run.

use std::marker::PhantomData;
use std::sync::Arc;

use graphile_worker::{IntoTaskHandlerResult, JobDefinition, TaskHandler, WorkerContext};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::worker::{Attempts, Delivered, PlainRun};
use crate::task::Task;

/// What is in a job: the run, and which of its tickets this is. The payload stays in the run, if the
/// run has a history.
#[derive(Debug, Serialize, Deserialize)]
struct Contents {
    run: Uuid,
    ticket: i32,
    /// All of a run without a history.
    #[serde(default)]
    plain: Option<PlainRun>,
}

/// A ticket for the task `T`. It comes as text: see [`Fetch`](super::tickets_sql::Fetch).
#[derive(Debug, Deserialize)]
#[serde(bound = "", try_from = "String")]
pub(super) struct Ticket<T> {
    contents: Contents,
    task: PhantomData<fn() -> T>,
}

/// As the database writes it.
impl<T> Serialize for Ticket<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.contents.serialize(serializer)
    }
}

impl<T> TryFrom<String> for Ticket<T> {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Ok(Self {
            contents: serde_json::from_str(&text)?,
            task: PhantomData,
        })
    }
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
        let delivered = Delivered {
            job: *context.job().id(),
            run: self.contents.run.into(),
            ticket: self.contents.ticket,
            was_handed_out,
        };
        match context.get_ext::<Arc<Attempts>>() {
            Some(attempts) => attempts
                .redeem(T::ID, delivered, self.contents.plain)
                .await
                .map_err(|_| "the worker ended before the run could be begun"),
            None => Err("the worker was set up without its attempts"),
        }
    }
}
