//! [`Trigger`] and [`TriggerBatch`]: runs to be stored.

use std::fmt;
use std::future::IntoFuture;

use super::{RunHandle, Task, TaskContext};
use crate::engine::new_run::NewRun;
use crate::engine::{Prepared, Queue, QueueError, TriggerOptions, check, trigger_options};
use futures_util::future::BoxFuture;

/// A run to be stored in a queue. Set its options, then `.await` it.
///
/// ```
/// use std::time::Duration;
/// use supabase_task::prelude::*;
///
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct AddTodo { user_id: UserId, title: String }
/// #[supabase_task(auth = "user")]
/// async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
///     supabase.from("todos").insert(json!({ "title": payload.title })).await?;
///     Ok(())
/// }
///
/// # async fn example(queue: supabase_task::Queue, payload: AddTodo) -> Result<(), Box<dyn std::error::Error>> {
/// let handle = add_todo::trigger(&queue, payload)
///     .delay(Duration::from_secs(60))
///     .idempotency_key("todo-17")
///     .tags(["import"])
///     .await?;
/// println!("{}", handle.id());
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is triggered until it is awaited"]
pub struct Trigger<'q, T: Task> {
    queue: Option<&'q Queue>,
    payload: T::Payload,
    options: TriggerOptions,
}

impl<'q, T: Task> Trigger<'q, T> {
    pub(crate) fn new(queue: &'q Queue, payload: T::Payload) -> Self {
        Self {
            queue: Some(queue),
            payload,
            options: TriggerOptions::new(),
        }
    }

    /// Creates a trigger for a child of a run, without a queue if the run has none.
    pub(crate) fn child(context: &'q TaskContext, payload: T::Payload) -> Self {
        Self {
            queue: context.engine().map(|engine| &engine.queue),
            payload,
            options: TriggerOptions::new().child_of(context.run_id(), context.trace_id()),
        }
    }

    trigger_options!(self => self.options);

    pub(crate) fn into_run(self) -> Result<NewRun, QueueError> {
        run_of::<T>(self.options, &self.payload)
    }
}

impl<'q, T: Task> IntoFuture for Trigger<'q, T> {
    type Output = Result<RunHandle<T>, QueueError>;
    type IntoFuture = BoxFuture<'q, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let queue = self.queue;
        let run = self.into_run();
        Box::pin(async move {
            let queue = queue.ok_or(QueueError::NoQueue)?;
            let enqueued = queue.enqueue_one(run?).await?;
            Ok(RunHandle::new(queue, enqueued))
        })
    }
}

impl<T: Task> fmt::Debug for Trigger<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trigger")
            .field("task_id", &T::ID)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Many runs of one task to be stored in a queue. Set their common options, then `.await` it.
///
/// A batch has at most 10,000 runs. Each thousand runs or 8 MiB of payloads is one round trip to the queue,
/// which stores all of its runs or none. The handles are in the order of the payloads.
#[must_use = "nothing is triggered until it is awaited"]
pub struct TriggerBatch<'q, T: Task> {
    queue: &'q Queue,
    items: Vec<(T::Payload, Option<TriggerOptions>)>,
    options: TriggerOptions,
}

/// The most runs in one batch.
const MOST_RUNS: usize = 10_000;

/// The most runs in one statement.
const CHUNK: usize = 1_000;

/// About the most bytes of payloads in one statement.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

impl<'q, T: Task> TriggerBatch<'q, T> {
    pub(crate) fn new(
        queue: &'q Queue,
        items: impl Iterator<Item = (T::Payload, Option<TriggerOptions>)>,
    ) -> Self {
        Self {
            queue,
            // One more than allowed, so that awaiting it can report that there are too many.
            items: items.take(MOST_RUNS + 1).collect(),
            options: TriggerOptions::new(),
        }
    }

    trigger_options!(self => self.options);

    fn into_runs(self) -> Result<Vec<NewRun>, QueueError> {
        check_count(self.items.len())?;
        let common = self.options;
        self.items
            .into_iter()
            .map(|(payload, own)| run_of::<T>(own.unwrap_or_else(|| common.clone()), &payload))
            .collect()
    }
}

impl<'q, T: Task> IntoFuture for TriggerBatch<'q, T> {
    type Output = Result<Vec<RunHandle<T>>, QueueError>;
    type IntoFuture = BoxFuture<'q, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let queue = self.queue;
        let runs = self.into_runs();
        Box::pin(async move { enqueue_all(queue, runs?).await })
    }
}

/// Makes runs of one task, as children of a run.
pub(crate) fn children_of<T: Task>(
    context: &TaskContext,
    payloads: impl IntoIterator<Item = T::Payload>,
) -> Result<Vec<NewRun>, QueueError> {
    let options = TriggerOptions::new().child_of(context.run_id(), context.trace_id());
    let payloads = payloads.into_iter().take(MOST_RUNS + 1);
    let runs = payloads.map(|payload| run_of::<T>(options.clone(), &payload));
    let runs: Vec<_> = runs.collect::<Result<_, _>>()?;
    check_count(runs.len())?;
    Ok(runs)
}

/// Makes the run to be stored for a typed task.
pub(super) fn run_of<T: Task>(
    options: TriggerOptions,
    payload: &T::Payload,
) -> Result<NewRun, QueueError> {
    let prepared = Prepared::of::<T>(payload).map_err(QueueError::Payload)?;
    check::payload(prepared.payload.get()).map_err(QueueError::InvalidOption)?;
    let queue = T::OPTIONS
        .queue_options()
        .map_or(T::ID, |queue| queue.name());
    options.run(T::ID, queue, &T::OPTIONS, prepared)
}

fn check_count(runs: usize) -> Result<(), QueueError> {
    match runs > MOST_RUNS {
        true => Err(QueueError::InvalidOption(format!(
            "more than {MOST_RUNS} runs in one batch: split them into several batches"
        ))),
        false => Ok(()),
    }
}

/// Stores runs, in chunks.
pub(super) async fn enqueue_all<T: Task>(
    queue: &Queue,
    runs: Vec<NewRun>,
) -> Result<Vec<RunHandle<T>>, QueueError> {
    let mut runs = runs.into_iter().peekable();
    let mut handles = Vec::with_capacity(runs.len());
    while let Some(first) = runs.next() {
        let mut bytes = first.payload.get().len();
        let mut chunk = vec![first];
        while chunk.len() < CHUNK
            && let Some(run) = runs.next_if(|run| {
                bytes += run.payload.get().len();
                bytes <= CHUNK_BYTES
            })
        {
            chunk.push(run);
        }
        let enqueued = queue.enqueue(chunk).await?;
        handles.extend(enqueued.into_iter().map(|run| RunHandle::new(queue, run)));
    }
    Ok(handles)
}

impl<T: Task> fmt::Debug for TriggerBatch<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TriggerBatch")
            .field("task_id", &T::ID)
            .field("runs", &self.items.len())
            .finish_non_exhaustive()
    }
}
