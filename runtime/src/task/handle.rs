//! [`RunHandle`]: a run that was triggered.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;

use super::{Task, TaskOutput};
use crate::engine::new_run::Enqueued;
use crate::engine::{Queue, QueueError, Run, RunStatus, WaitError};
use crate::run::RunId;

/// A run that was triggered, and its task's type: what it returns is known when compiled.
///
/// It is an id and a queue; dropping it changes nothing of the run. For the run of an id that was
/// kept elsewhere, use [`RunHandle::of`].
pub struct RunHandle<T> {
    queue: Queue,
    id: RunId,
    is_cached: bool,
    task: PhantomData<fn() -> T>,
}

impl<T: Task> RunHandle<T> {
    pub(crate) fn new(queue: &Queue, enqueued: Enqueued) -> Self {
        Self {
            queue: queue.clone(),
            id: enqueued.id,
            is_cached: enqueued.is_cached,
            task: PhantomData,
        }
    }

    /// The run of an id that was kept elsewhere. Whether there is one, and whether it is a run of
    /// this task, is seen when it is used.
    pub fn of(queue: &Queue, id: RunId) -> Self {
        let is_cached = true;
        Self::new(queue, Enqueued { id, is_cached })
    }

    /// The run's id.
    pub fn id(&self) -> RunId {
        self.id
    }

    /// Whether the run was there before it was triggered: its idempotency key was known.
    pub fn is_cached(&self) -> bool {
        self.is_cached
    }

    /// Where the run stands.
    ///
    /// # Errors
    ///
    /// If the queue cannot be reached, or no longer has the run.
    pub async fn status(&self) -> Result<RunStatus, QueueError> {
        Ok(self.retrieve().await?.status)
    }

    /// All that is known of the run.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub async fn retrieve(&self) -> Result<Run, QueueError> {
        self.queue.retrieve(self.id).await
    }

    /// Waits until the run is over, and gives what the task returned. Dropping the future stops
    /// waiting; the run goes on.
    ///
    /// # Errors
    ///
    /// If the run ended otherwise than by completing; if its output is not what the task gives
    /// today; or if the queue cannot be reached.
    pub async fn wait(&self) -> Result<TaskOutput<T>, WaitError>
    where
        TaskOutput<T>: DeserializeOwned,
    {
        let run = self.queue.backend().finished(self.id).await?;
        output(run)
    }

    /// Cancels the run. It is `CANCELED` at once; a running attempt is told through
    /// [`TaskContext::cancelled`](crate::TaskContext::cancelled), and dropped if it has not ended
    /// after the worker's grace time. A run that is over stays as it is. Gives the run as it is then.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub async fn cancel(&self) -> Result<Run, QueueError> {
        self.queue.cancel(self.id).await
    }

    /// Triggers the task again with the same payload, tags, metadata and options, as a new run.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status); also if the payload is not what the task takes today.
    pub async fn replay(&self) -> Result<Self, QueueError> {
        let enqueued = self.queue.replay_run(self.id).await?;
        Ok(Self::new(&self.queue, enqueued))
    }

    /// Moves the run to another time, while it is `DELAYED`.
    ///
    /// # Errors
    ///
    /// As [`Queue::reschedule`].
    pub async fn reschedule(&self, time: impl Into<DateTime<Utc>>) -> Result<Run, QueueError> {
        self.queue.reschedule(self.id, time).await
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
            reason: "none is stored".to_owned(),
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
            id: self.id,
            is_cached: self.is_cached,
            task: PhantomData,
        }
    }
}

impl<T> fmt::Debug for RunHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunHandle")
            .field("id", &self.id)
            .field("is_cached", &self.is_cached)
            .finish_non_exhaustive()
    }
}
