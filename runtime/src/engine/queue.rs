//! [`Queue`]: triggers and looks up runs, whichever engine stores them.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tracing::Instrument;

use super::backend::Backend;
use super::new_run::{Enqueued, NewRun};
use super::registry::{TaskEntry, linked_tasks};
use super::trigger_options::long_ago;
use super::{QueueError, QueueStats, Run, RunFilter, TriggerOptions, check, spans};
use crate::run::RunId;
use crate::suggest;

/// A handle to a queue, which stores runs while they wait and after they have ended. It is cheap to
/// clone; clones share the same queue.
///
/// [`in_process`](Self::in_process) keeps runs in this process: it needs no setup, and its runs are lost
/// when the process ends. `Queue::connect` (feature `postgres`) keeps them in the project's Postgres,
/// where any number of workers share them. Tasks, triggers and workers are the same for both.
///
/// ```
/// use supabase_task::prelude::*;
/// use supabase_task::{Queue, Worker};
///
/// #[supabase_task(auth = "service")]
/// async fn double(payload: u64, supabase: ServiceClient) -> TaskResult<u64> {
///     Ok(payload * 2)
/// }
///
/// # async fn example(supabase: Supabase) -> Result<(), Box<dyn std::error::Error>> {
/// let queue = Queue::in_process();
/// let worker = Worker::new(&queue, &supabase).start()?;
///
/// let handle = double::trigger(&queue, 21).await?;
/// assert_eq!(handle.wait().await?, 42);
///
/// worker.shutdown().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Queue {
    backend: Arc<dyn Backend>,
    name: &'static str,
}

impl Queue {
    /// Stands in for the real method without the feature `postgres`: a call is a compile error that names
    /// the feature.
    #[cfg(not(feature = "postgres"))]
    #[doc(hidden)]
    pub fn connect<Url: super::FeaturePostgres>(
        url: Url,
    ) -> std::future::Ready<Result<Self, QueueError>> {
        url.never()
    }

    pub(crate) fn of(backend: Arc<dyn Backend>, name: &'static str) -> Self {
        Self { backend, name }
    }

    /// Triggers a task of this program by its id, with a JSON payload, as a command line or a server
    /// does. The payload and the identity it names are checked before the run is stored.
    ///
    /// # Errors
    ///
    /// If no task with this id is linked into this program, if the payload does not match the task's
    /// payload type, or as [`Task::trigger`](crate::Task::trigger).
    pub async fn trigger(
        &self,
        task_id: &str,
        payload: Value,
        options: TriggerOptions,
    ) -> Result<RunId, QueueError> {
        let task = task(task_id)?;
        let payload = crate::json::to_raw_value(&payload)
            .map_err(|error| QueueError::Payload(error.into()))?;
        let run = options.run_of_entry(task, payload)?;
        Ok(self.enqueue_one(run).await?.id)
    }

    /// Returns everything known about a run.
    ///
    /// # Errors
    ///
    /// If the queue cannot be reached, or has no such run.
    pub async fn retrieve(&self, run: RunId) -> Result<Run, QueueError> {
        let found = self.backend.find(run).await?;
        found.ok_or(QueueError::NoSuchRun(run))
    }

    /// Lists runs, newest first.
    ///
    /// # Errors
    ///
    /// If the queue cannot be reached.
    pub async fn runs(&self, filter: RunFilter) -> Result<Vec<Run>, QueueError> {
        // No run contains a NUL character, and PostgreSQL refuses to search for one.
        match filter.has_nul() {
            true => Ok(Vec::new()),
            false => self.backend.list(filter).await,
        }
    }

    /// Counts the open runs by status, by task and by queue name. The cost does not depend on how many
    /// runs have ended.
    ///
    /// ```
    /// # async fn example(queue: supabase_task::Queue) -> Result<(), supabase_task::QueueError> {
    /// let stats = queue.stats().await?;
    /// println!("{} wait, the oldest since {:?}", stats.total.queued, stats.total.oldest_due);
    /// for (task, runs) in &stats.by_task {
    ///     println!("{task}: {} executing", runs.executing);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue cannot be reached.
    pub async fn stats(&self) -> Result<QueueStats, QueueError> {
        self.backend.stats().await
    }

    /// Waits until a run has ended, and returns it.
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub async fn finished(&self, run: RunId) -> Result<Run, QueueError> {
        self.backend.finished(run).await
    }

    /// Cancels a run: see [`RunHandle::cancel`](super::RunHandle::cancel).
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve).
    pub async fn cancel(&self, run: RunId) -> Result<Run, QueueError> {
        self.backend.cancel(run).await
    }

    /// Triggers a run's task again with the same payload and options, as a new run.
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve); if its task is not linked into this program; or if the
    /// payload no longer matches the task's payload type.
    pub async fn replay(&self, run: RunId) -> Result<RunId, QueueError> {
        Ok(self.replay_run(run).await?.id)
    }

    /// Moves a `DELAYED` run to another time. A time in the past means now.
    ///
    /// # Errors
    ///
    /// As [`retrieve`](Self::retrieve); also if the run is no longer delayed, or if the time is more
    /// than 366 days from now.
    pub async fn reschedule(
        &self,
        run: RunId,
        time: impl Into<DateTime<Utc>>,
    ) -> Result<Run, QueueError> {
        let time = time.into();
        check::due("the new time of the run", time).map_err(QueueError::InvalidOption)?;
        self.backend.reschedule(run, time.max(long_ago())).await
    }

    pub(crate) async fn replay_run(&self, id: RunId) -> Result<Enqueued, QueueError> {
        let run = self.retrieve(id).await?;
        let mut options = TriggerOptions::new()
            .tags(run.tags)
            .metadata(run.metadata)
            .priority(run.priority)
            .max_attempts(run.max_attempts);
        options.concurrency_key = run.concurrency_key;
        let replay = options.run_of_entry(task(&run.task_id)?, run.payload)?;
        self.enqueue_one(replay).await
    }

    pub(crate) async fn enqueue_one(&self, run: NewRun) -> Result<Enqueued, QueueError> {
        let enqueued = self.enqueue(vec![run]).await?;
        enqueued.first().copied().ok_or(QueueError::NotStored)
    }

    pub(crate) async fn enqueue(&self, runs: Vec<NewRun>) -> Result<Vec<Enqueued>, QueueError> {
        let span = spans::enqueue(runs.len());
        self.backend.enqueue(runs).instrument(span).await
    }

    pub(crate) fn backend(&self) -> &Arc<dyn Backend> {
        &self.backend
    }
}

/// Returns the task with this id, or an error that suggests one.
pub(crate) fn task(id: &str) -> Result<&'static TaskEntry, QueueError> {
    linked_tasks().find(|task| task.id() == id).ok_or_else(|| {
        let ids = linked_tasks().map(TaskEntry::id).collect();
        QueueError::InvalidOption(format!(
            "no task `{id}` is linked into this program: {}; if it is in a library, name the library \
             with `use my_tasks as _;`",
            suggest::instead(id, "tasks", ids)
        ))
    })
}

/// Returns the queue with this name, or an error that suggests one.
pub(crate) fn queue_of_tasks(name: &str) -> Result<&'static str, QueueError> {
    let names = || linked_tasks().map(TaskEntry::queue);
    names().find(|queue| *queue == name).ok_or_else(|| {
        QueueError::InvalidOption(format!(
            "no task of this program has the queue `{name}`: {}",
            suggest::instead(name, "queues", names().collect())
        ))
    })
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Queue").field(&self.name).finish()
    }
}
