//! Tasks: the trait that `#[supabase_task]` implements, and the types it is built from.

mod children;
mod context;
mod entry;
mod execute;
mod from_task;
mod handle;
mod hooks;
mod identity;
mod payload;
mod prepare;
mod returns;
mod scheduled_payload;
mod state;
#[cfg(feature = "postgres")]
mod statement;
mod trigger;

use crate::Supabase;
use crate::auth::AuthMode;
use crate::engine::{Queue, TriggerOptions};

pub use self::children::TriggerAndWait;
pub use self::context::TaskContext;
pub use self::from_task::{FromTask, TaskRequest};
pub use self::handle::RunHandle;
#[doc(hidden)]
pub use self::hooks::Hooks;
pub use self::hooks::{CatchError, HookContext, HookReturn};
#[doc(hidden)]
pub use self::identity::PayloadNeedsFieldUserIdOrOptionUser;
pub use self::identity::TaskUser;
pub use self::payload::TaskPayload;
pub use self::returns::{TaskOutput, TaskReturn};
pub use self::scheduled_payload::ScheduledPayload;
#[doc(hidden)]
pub use self::state::RoleHandles;
pub use self::state::State;
pub use self::trigger::{Trigger, TriggerBatch};
pub use crate::engine::{TaskEntry, linked_tasks};
pub use crate::run::{
    IntoCause, QueueOptions, RetryPolicy, RunId, ScheduleOptions, TaskCause, TaskError,
    TaskOptions, TaskResult, Tick,
};

/// A task. `#[supabase_task]` implements this trait for a type with the name of the function.
///
/// ```no_run
/// use supabase_task::prelude::*;
///
/// /// How many todos there are, of all users.
/// #[supabase_task(auth = "service")]
/// async fn count_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
///     Ok(supabase.from("todos").select("*").head().await?)
/// }
///
/// # async fn example() -> TaskResult<()> {
/// let supabase = Supabase::from_env()?;
/// let count = count_todos::run(&supabase, ()).await?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a task",
    label = "not a task",
    note = "annotate the `async fn` of this name with `#[supabase_task(auth = \"user\")]`"
)]
pub trait Task: Sized + Send + Sync + 'static {
    /// The task's id: unique within a program, and the same on every worker.
    const ID: &'static str;

    /// The task's options: retries, limits, queue, schedule.
    const OPTIONS: TaskOptions = TaskOptions::new();

    /// Whether an argument of the task needs the project's database: see [`FromTask::TAKES_DATABASE`].
    const TAKES_DATABASE: bool = false;

    /// The kind of identity that the task runs as.
    type Auth: AuthMode;

    /// The task's payload.
    type Payload: TaskPayload + Send + Sync + 'static;

    /// The return type of the task's function: a `Result`.
    type Return: TaskReturn;

    /// Returns the identity that the task runs as, as named by the payload.
    fn identity(payload: &Self::Payload) -> <Self::Auth as AuthMode>::Identity;

    /// Returns the run's concurrency key, if the task has one: the queue's limit applies to each key
    /// separately.
    fn concurrency_key(payload: &Self::Payload) -> Option<String> {
        let _ = payload;
        None
    }

    /// Makes the payload of a scheduled run; returns `None` for a task without a schedule.
    fn scheduled(tick: Tick) -> Option<Self::Payload> {
        let _ = tick;
        None
    }

    /// Returns the hooks named in the attribute.
    #[doc(hidden)]
    fn hooks() -> Hooks<Self> {
        Hooks::new()
    }

    /// Injects the arguments and calls the task's function. Use [`run`](Self::run) instead, which also
    /// builds the client and opens the span.
    #[doc(hidden)]
    fn call(
        request: TaskRequest<Self::Auth>,
        payload: Self::Payload,
    ) -> impl Future<Output = TaskResult<Self::Return>> + Send;

    /// Runs the task once, now, in this process, without a queue and without retries.
    ///
    /// The call is the only attempt of its own run. Dropping the future cancels the task: its pending work
    /// is dropped, and its [`TaskContext`] is cancelled.
    ///
    /// # Errors
    ///
    /// The error of the task's function, or the reason it could not be called: this process has no client
    /// for the task's mode, or a `State<T>` was not set.
    fn run(
        supabase: &Supabase,
        payload: Self::Payload,
    ) -> impl Future<Output = TaskResult<TaskOutput<Self>>> + Send {
        execute::run::<Self>(supabase, payload)
    }

    /// Triggers the task: stores a run in the queue, which a worker executes and retries. Set options on
    /// the returned [`Trigger`], then `.await` it.
    ///
    /// The payload's user is checked when you trigger the task, not only when it runs.
    ///
    /// # Errors
    ///
    /// When awaited: if the payload or an option is not valid, or the queue cannot be reached.
    fn trigger(queue: &Queue, payload: Self::Payload) -> Trigger<'_, Self> {
        Trigger::new(queue, payload)
    }

    /// Triggers the task once for each payload, at most 10,000 at once. Options set on the returned
    /// [`TriggerBatch`] apply to every run.
    ///
    /// # Errors
    ///
    /// As [`trigger`](Self::trigger). Runs are stored a thousand per round trip; those stored before an
    /// error stay stored.
    fn trigger_batch(
        queue: &Queue,
        payloads: impl IntoIterator<Item = Self::Payload>,
    ) -> TriggerBatch<'_, Self> {
        let items = payloads.into_iter().map(|payload| (payload, None));
        TriggerBatch::new(queue, items)
    }

    /// Like [`trigger_batch`](Self::trigger_batch), but with options for each run.
    ///
    /// # Errors
    ///
    /// As [`trigger_batch`](Self::trigger_batch).
    fn trigger_batch_with(
        queue: &Queue,
        items: impl IntoIterator<Item = (Self::Payload, TriggerOptions)>,
    ) -> TriggerBatch<'_, Self> {
        let items = items.into_iter();
        TriggerBatch::new(queue, items.map(|(payload, own)| (payload, Some(own))))
    }
}
