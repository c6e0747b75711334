//! [`RunHandle`]: a handle to a triggered run.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::{Task, TaskOutput};
use crate::engine::new_run::Enqueued;
use crate::engine::{Queue, QueueError, Run, RunStatus, WaitError};
use crate::run::RunId;

/// A handle to a triggered run. It knows the type of the run's task, so its output is typed.
///
/// A handle consists of an id and a queue; dropping it does not affect the run. To make a handle from a
/// stored id, use [`RunHandle::of`].
pub struct RunHandle<T> {
    queue: Queue,
    run: Enqueued,
    task: PhantomData<fn() -> T>,
}

impl<T: Task> RunHandle<T> {
    pub(crate) fn new(queue: &Queue, run: Enqueued) -> Self {
        Self {
            queue: queue.clone(),
            run,
            task: PhantomData,
        }
    }

    /// Creates a handle from a stored id. This does not check that the run exists and is a run of this task;
    /// you find out when you use the handle.
    pub fn of(queue: &Queue, id: RunId) -> Self {
        let is_cached = true;
        Self::new(queue, Enqueued { id, is_cached })
    }

    /// Returns the run's id.
    pub fn id(&self) -> RunId {
        self.run.id
    }

    /// Returns whether the run already existed when it was triggered, because its idempotency key was in
    /// use.
    pub fn is_cached(&self) -> bool {
        self.run.is_cached
    }

    /// Returns the run's status.
    ///
    /// # Errors
    ///
    /// If the queue cannot be reached, or no longer has the run.
    pub async fn status(&self) -> Result<RunStatus, QueueError> {
        Ok(self.retrieve().await?.status)
    }

    /// Returns everything known about the run.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub async fn retrieve(&self) -> Result<Run, QueueError> {
        self.queue.retrieve(self.id()).await
    }

    /// Waits until the run has ended, and returns the task's output. Dropping the future stops waiting;
    /// the run continues.
    ///
    /// # Errors
    ///
    /// If the run ended without completing; if its output does not match the task's current output type;
    /// or if the queue cannot be reached.
    pub async fn wait(&self) -> Result<TaskOutput<T>, WaitError>
    where
        TaskOutput<T>: DeserializeOwned,
    {
        output(self.queue.finished(self.id()).await?)
    }

    /// Cancels the run. It is `CANCELED` at once; a running attempt is notified through
    /// [`TaskContext::cancelled`](crate::TaskContext::cancelled), and dropped if it has not ended after the
    /// worker's grace time. A run that has ended stays as it is. Returns the run in its resulting state.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub async fn cancel(&self) -> Result<Run, QueueError> {
        self.queue.cancel(self.id()).await
    }

    /// Triggers the task again with the same payload, tags, metadata and options, as a new run.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status); also if the payload no longer matches the task's payload type.
    pub async fn replay(&self) -> Result<Self, QueueError> {
        let enqueued = self.queue.replay_run(self.id()).await?;
        Ok(Self::new(&self.queue, enqueued))
    }

    /// Moves the run to another time, if it is `DELAYED`.
    ///
    /// # Errors
    ///
    /// As [`Queue::reschedule`].
    pub async fn reschedule(&self, time: impl Into<DateTime<Utc>>) -> Result<Run, QueueError> {
        self.queue.reschedule(self.id(), time).await
    }
}

pub(crate) fn output<O: DeserializeOwned>(run: Run) -> Result<O, WaitError> {
    match (run.status, run.output) {
        (RunStatus::Completed, Some(output)) => {
            let mut text = serde_json::Deserializer::from_str(output.get());
            serde_path_to_error::deserialize(&mut text).map_err(|error| WaitError::Output {
                run: run.id,
                reason: crate::client::without_data(error.inner())
                    .unwrap_or_else(|| error.inner().to_string()),
            })
        }
        (RunStatus::Completed, None) => Err(WaitError::Output {
            run: run.id,
            reason: "no output is stored".to_owned(),
        }),
        (status, _) => Err(WaitError::NotCompleted {
            run: run.id,
            task_id: run.task_id,
            status,
            error: run.error,
        }),
    }
}

impl<T> Clone for RunHandle<T> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            run: self.run,
            task: PhantomData,
        }
    }
}

impl<T> fmt::Debug for RunHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle")
            .field("id", &self.run.id)
            .field("is_cached", &self.run.is_cached)
            .finish_non_exhaustive()
    }
}
