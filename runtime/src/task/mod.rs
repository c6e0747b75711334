//! What a task is: the trait `#[supabase_task]` implements, and what it is built from.

mod children;
mod context;
mod direct;
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
pub use self::state::State;
pub use self::trigger::{Trigger, TriggerBatch};
pub use crate::engine::{TaskEntry, linked_tasks};
pub use crate::run::{
    IntoCause, QueueOptions, RetryPolicy, RunId, ScheduleOptions, TaskCause, TaskError,
    TaskOptions, TaskResult, Tick,
};

/// A task: implemented by `#[supabase_task]` on a type with the name of the fn.
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
    /// The task's id: unique in a program, the same on every worker.
    const ID: &'static str;

    /// How it is run: retries, limits, queue, schedule.
    const OPTIONS: TaskOptions = TaskOptions::new();

    /// The identity it runs as.
    type Auth: AuthMode;

    /// What it is run with.
    type Payload: TaskPayload + Send + Sync + 'static;

    /// What its fn returns: a `Result`.
    type Return: TaskReturn;

    /// Who the payload says the task runs as.
    fn identity(payload: &Self::Payload) -> <Self::Auth as AuthMode>::Identity;

    /// Which of the queue's limits a run counts for: with a key, each value has its own.
    fn concurrency_key(payload: &Self::Payload) -> Option<String> {
        let _ = payload;
        None
    }

    /// The payload of a run that the task's schedule makes; `None` for a task without a schedule.
    fn scheduled(tick: Tick) -> Option<Self::Payload> {
        let _ = tick;
        None
    }

    /// The fns that the attribute names as hooks.
    #[doc(hidden)]
    fn hooks() -> Hooks<Self> {
        Hooks::new()
    }

    /// Injects the arguments and calls the fn. Use [`run`](Self::run), which also builds the client
    /// and opens the span.
    #[doc(hidden)]
    fn call(
        request: TaskRequest<Self::Auth>,
        payload: Self::Payload,
    ) -> impl Future<Output = TaskResult<Self::Return>> + Send;

    /// Runs the task now, in this process, once: no queue, no retry.
    ///
    /// It is the first and only attempt of a run of its own. Dropping the future cancels it: what
    /// it waits for is dropped, and its [`TaskContext`] is cancelled.
    ///
    /// # Errors
    ///
    /// What the fn returned, or why it could not be called: no client of its mode in this process,
    /// or a `State<T>` that was not given.
    fn run(
        supabase: &Supabase,
        payload: Self::Payload,
    ) -> impl Future<Output = TaskResult<TaskOutput<Self>>> + Send {
        direct::run::<Self>(supabase, payload)
    }

    /// Triggers the task: stores a run of it in the queue, for a worker to run and to retry. Set
    /// options on what this gives, then `.await` it.
    ///
    /// The payload's user is checked here, not only when it is run.
    ///
    /// # Errors
    ///
    /// When awaited: if an option is out of its range, or the queue cannot be reached.
    fn trigger(queue: &Queue, payload: Self::Payload) -> Trigger<'_, Self> {
        Trigger::new(queue, payload)
    }

    /// Triggers the task once for each payload, at most 10,000 at once. The options set on what this
    /// gives are those of every run.
    ///
    /// # Errors
    ///
    /// As [`trigger`](Self::trigger). What was stored before an error stays stored: a thousand runs
    /// are one round trip.
    fn trigger_batch(
        queue: &Queue,
        payloads: impl IntoIterator<Item = Self::Payload>,
    ) -> TriggerBatch<'_, Self> {
        let items = payloads.into_iter().map(|payload| (payload, None));
        TriggerBatch::new(queue, items)
    }

    /// As [`trigger_batch`](Self::trigger_batch), with options for each run.
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
