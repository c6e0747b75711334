//! [`TaskContext`]: the run that a task executes in.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::engine::{EngineLink, Queue, QueueError, TriggerOptions, WaitError};
use crate::run::{RunId, RunInfo};

use super::children::children;
use super::trigger::children_of;
use super::{Task, TaskOutput, Trigger, TriggerAndWait};

/// The context of a task's run: its ids, its attempt, and whether it was cancelled. Take it as an argument of
/// the task.
///
/// ```
/// use supabase_task::prelude::*;
///
/// #[supabase_task(auth = "service")]
/// async fn sweep(_payload: (), supabase: ServiceClient, ctx: TaskContext) -> TaskResult<String> {
///     Ok(format!("{} {} attempt {}", ctx.task_id(), ctx.run_id(), ctx.attempt()))
/// }
/// ```
#[derive(Clone)]
pub struct TaskContext {
    inner: Arc<Inner>,
}

struct Inner {
    task_id: &'static str,
    attempt: u32,
    deadline: Option<Instant>,
    cancellation: CancellationToken,
    run: RunInfo,
    engine: Option<EngineLink>,
}

impl TaskContext {
    /// Creates the context of a run outside any engine.
    pub(crate) fn direct<T: Task>() -> Self {
        Self::of_attempt::<T>(RunInfo::direct(), 1, CancellationToken::new(), None)
    }

    /// Creates the context of an attempt that begins now.
    pub(crate) fn of_attempt<T: Task>(
        run: RunInfo,
        attempt: u32,
        cancellation: CancellationToken,
        engine: Option<EngineLink>,
    ) -> Self {
        let longest = T::OPTIONS.longest_attempt();
        Self {
            inner: Arc::new(Inner {
                task_id: T::ID,
                attempt,
                deadline: longest.and_then(|longest| Instant::now().checked_add(longest)),
                cancellation,
                run,
                engine,
            }),
        }
    }

    /// Returns the task's id.
    pub fn task_id(&self) -> &'static str {
        self.inner.task_id
    }

    /// Returns the run's id. It is the same in every attempt, so it is a good part of an idempotency key.
    pub fn run_id(&self) -> RunId {
        self.inner.run.id
    }

    /// Returns the number of this attempt, counted from 1.
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// Returns how many attempts the run has in total.
    pub fn max_attempts(&self) -> u32 {
        self.inner.run.max_attempts
    }

    /// Returns when this attempt times out, if the task has a `max_duration`. Calls of the injected client
    /// have the same deadline.
    pub fn deadline(&self) -> Option<Instant> {
        self.inner.deadline
    }

    /// Returns the tags the run was triggered with.
    pub fn tags(&self) -> &[String] {
        &self.inner.run.tags
    }

    /// Returns the metadata the run was triggered with.
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.inner.run.metadata
    }

    /// Returns the idempotency key the run was triggered with, if any.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.inner.run.idempotency_key.as_deref()
    }

    /// Returns the run whose task triggered this one, if any.
    pub fn parent_run_id(&self) -> Option<RunId> {
        self.inner.run.parent
    }

    /// Returns the id of the trace the run belongs to: 32 hexadecimal digits, as in W3C Trace Context. A run
    /// that a task triggers belongs to the trace of its parent.
    pub fn trace_id(&self) -> &str {
        &self.inner.run.trace_id
    }

    /// Returns when the run was triggered.
    pub fn created_at(&self) -> DateTime<Utc> {
        self.inner.run.created_at
    }

    /// Returns whether the run was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancellation.is_cancelled()
    }

    /// Waits until the run is cancelled, which never happens in most runs. Use it in `tokio::select!`.
    pub async fn cancelled(&self) {
        self.inner.cancellation.cancelled().await;
    }

    /// Returns the token behind [`cancelled`](Self::cancelled), to pass to anything the task spawns.
    pub fn cancellation_token(&self) -> &CancellationToken {
        &self.inner.cancellation
    }

    /// Triggers another task as a child of this run, and waits for its output.
    ///
    /// While it waits, this run is `WAITING`: it releases its slots of the worker and of its queue, so that
    /// parents cannot fill the slots that their children need. Before it continues, it waits in line for
    /// slots again. Its `max_duration` keeps running meanwhile. A retry of this run triggers the child again,
    /// unless you set an idempotency key.
    ///
    /// ```
    /// use supabase_task::prelude::*;
    ///
    /// #[supabase_task(auth = "service")]
    /// async fn count(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    ///     Ok(supabase.from("todos").select("*").head().await?)
    /// }
    ///
    /// #[supabase_task(auth = "service")]
    /// async fn report(_payload: (), supabase: ServiceClient, ctx: TaskContext) -> TaskResult<String> {
    ///     let count = ctx.trigger_and_wait::<count>(()).await?;
    ///     Ok(format!("{count} todos"))
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// When awaited: as [`RunHandle::wait`](crate::engine::RunHandle::wait); also if this run was
    /// started with [`Task::run`], which has no queue.
    pub fn trigger_and_wait<T: Task>(&self, payload: T::Payload) -> TriggerAndWait<'_, T> {
        TriggerAndWait {
            context: self,
            payload,
            options: TriggerOptions::new(),
        }
    }

    /// Triggers another task once for each payload, at most 10,000, as children of this run, and waits for
    /// all of them. Returns the output or the error of each child, in the order of the payloads.
    ///
    /// While it waits, this run is `WAITING`, as in [`trigger_and_wait`](Self::trigger_and_wait).
    ///
    /// # Errors
    ///
    /// If the children cannot be triggered. The error of a child is an item of the returned list.
    pub async fn trigger_batch_and_wait<T: Task>(
        &self,
        payloads: impl IntoIterator<Item = T::Payload>,
    ) -> Result<Vec<Result<TaskOutput<T>, WaitError>>, QueueError>
    where
        TaskOutput<T>: DeserializeOwned,
    {
        let runs = children_of::<T>(self, payloads)?;
        children::<T>(self, runs).await
    }

    /// Triggers another task as a child of this run, without waiting for it. The child records this run as
    /// its parent and belongs to the same trace.
    ///
    /// # Errors
    ///
    /// When awaited: as [`Task::trigger`]; also if this run was started with [`Task::run`], which
    /// has no queue.
    pub fn trigger<T: Task>(&self, payload: T::Payload) -> Trigger<'_, T> {
        Trigger::child(self, payload)
    }

    /// Returns the queue the run was triggered in; `None` if it was started with [`Task::run`].
    pub fn queue(&self) -> Option<&Queue> {
        self.engine().map(|engine| &engine.queue)
    }

    pub(crate) fn engine(&self) -> Option<&EngineLink> {
        self.inner.engine.as_ref()
    }
}

impl fmt::Debug for TaskContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskContext")
            .field("task_id", &self.task_id())
            .field("run_id", &self.run_id())
            .field("attempt", &self.attempt())
            .field("is_cancelled", &self.is_cancelled())
            .finish()
    }
}
