//! [`TaskContext`]: which run this is.

use std::fmt;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::auth::AuthMode;

use super::{FromTask, TaskRequest, TaskResult};

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
    run_id: RunId,
    attempt: u32,
    cancellation: CancellationToken,
}

impl TaskContext {
    pub(crate) fn new(task_id: &'static str, run_id: RunId, attempt: u32) -> Self {
        let cancellation = CancellationToken::new();
        Self {
            inner: Arc::new(Inner {
                task_id,
                run_id,
                attempt,
                cancellation,
            }),
        }
    }

    /// The task's id.
    pub fn task_id(&self) -> &'static str {
        self.inner.task_id
    }

    /// The run's id: the same in every attempt, so a good part of an idempotency key.
    pub fn run_id(&self) -> RunId {
        self.inner.run_id
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> u32 {
        self.inner.attempt
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

#[diagnostic::do_not_recommend]
impl<M: AuthMode> FromTask<M> for TaskContext {
    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        Ok(request.context().clone())
    }
}

/// The id of one run: a UUID of version 7, so ids sort by the time they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(Uuid);

impl RunId {
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// The id as a [`Uuid`].
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
