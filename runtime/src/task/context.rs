//! [`TaskContext`]: which run this is.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use crate::engine::{EngineLink, Queue, QueueError, WaitError};
use crate::run::{RunId, RunInfo};

use super::children::children;
use super::trigger::children_of;
use super::{Task, TaskOutput, Trigger, TriggerAndWait};

/// Which run of which task this is, and whether it was cancelled. Take it as an argument.
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
    /// The context of a run that no engine knows of.
    pub(crate) fn direct(task_id: &'static str, deadline: Option<Instant>) -> Self {
        Self::of_attempt(
            task_id,
            RunInfo::direct(),
            1,
            deadline,
            CancellationToken::new(),
            None,
        )
    }

    pub(crate) fn of_attempt(
        task_id: &'static str,
        run: RunInfo,
        attempt: u32,
        deadline: Option<Instant>,
        cancellation: CancellationToken,
        engine: Option<EngineLink>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                task_id,
                attempt,
                deadline,
                cancellation,
                run,
                engine,
            }),
        }
    }

    /// The task's id.
    pub fn task_id(&self) -> &'static str {
        self.inner.task_id
    }

    /// The run's id: the same in every attempt, so a good part of an idempotency key.
    pub fn run_id(&self) -> RunId {
        self.inner.run.id
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
    }

    /// How many attempts the run has in all.
    pub fn max_attempts(&self) -> u32 {
        self.inner.run.max_attempts
    }

    /// When this attempt is ended, if the task has a `max_duration`. Calls of the injected client
    /// end by then too.
    pub fn deadline(&self) -> Option<Instant> {
        self.inner.deadline
    }

    /// The run's tags, as it was triggered with.
    pub fn tags(&self) -> &[String] {
        &self.inner.run.tags
    }

    /// The run's metadata, as it was triggered with.
    pub fn metadata(&self) -> &Map<String, Value> {
        &self.inner.run.metadata
    }

    /// The idempotency key it was triggered with, if there was one.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.inner.run.idempotency_key.as_deref()
    }

    /// The run whose task triggered this one, if a task did.
    pub fn parent_run_id(&self) -> Option<RunId> {
        self.inner.run.parent
    }

    /// The id of the trace the run belongs to: 32 hexadecimal digits, as W3C's trace context has
    /// them. A run that a task triggers has the trace of its parent.
    pub fn trace_id(&self) -> &str {
        &self.inner.run.trace_id
    }

    /// When the run was triggered.
    pub fn created_at(&self) -> DateTime<Utc> {
        self.inner.run.created_at
    }

    /// Whether the run was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.inner.cancellation.is_cancelled()
    }

    /// Waits until the run is cancelled; in most runs, for ever. For `tokio::select!`.
    pub async fn cancelled(&self) {
        self.inner.cancellation.cancelled().await;
    }

    /// The token behind [`cancelled`](Self::cancelled), to hand to what the task spawns.
    pub fn cancellation_token(&self) -> &CancellationToken {
        &self.inner.cancellation
    }

    /// Triggers another task as a child of this run, and waits for what it returns.
    ///
    /// While it waits the run is `WAITING`: it gives back its place in the worker and in its queue,
    /// so that parents cannot fill the places their children need, and takes one again, in turn,
    /// before it goes on. Its `max_duration` goes on meanwhile. A retry of this run triggers the
    /// child again, unless it is given an idempotency key.
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
        TriggerAndWait::new(self, payload)
    }

    /// Triggers another task once for each payload, as children of this run, and waits for all of
    /// them: what each returned, or why it did not, in the order of the payloads. At most 10,000.
    ///
    /// While it waits the run is as in [`trigger_and_wait`](Self::trigger_and_wait).
    ///
    /// # Errors
    ///
    /// If the children cannot be triggered. What goes wrong in one of them is in its place.
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

    /// Triggers another task as a child of this run, and does not wait for it: the child knows its
    /// parent and has its trace.
    ///
    /// # Errors
    ///
    /// When awaited: as [`Task::trigger`]; also if this run was started with [`Task::run`], which
    /// has no queue.
    pub fn trigger<T: Task>(&self, payload: T::Payload) -> Trigger<'_, T> {
        Trigger::child(self, payload)
    }

    /// The queue the run was triggered in; none if it was started with [`Task::run`].
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
