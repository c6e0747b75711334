//! The tasks linked into this program.

use std::collections::HashMap;
use std::fmt;
use std::panic::{UnwindSafe, catch_unwind};
use std::pin::Pin;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::Supabase;
use crate::auth::{AuthKind, AuthMode, Principal};
use crate::engine::limits::check;

use super::execute::{self, AttemptRequest};
use super::{Task, TaskError, TaskOptions, TaskPayload, TaskResult, Tick, Verdict};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type Run = for<'a> fn(&'a Supabase, Value) -> BoxFuture<'a, TaskResult<Value>>;
type Attempt = for<'a> fn(&'a Supabase, AttemptRequest) -> BoxFuture<'a, Verdict>;
type Prepare = fn(Box<RawValue>) -> TaskResult<Prepared>;
type Scheduled = fn(Tick) -> Option<TaskResult<Box<RawValue>>>;

/// A task of this program, without its types: what an engine or a command line needs.
pub struct TaskEntry {
    id: &'static str,
    auth: AuthKind,
    options: TaskOptions,
    file: &'static str,
    line: u32,
    run: Run,
    attempt: Attempt,
    prepare: Prepare,
    scheduled: Scheduled,
    #[cfg(feature = "postgres")]
    definition: fn() -> graphile_worker::JobDefinition,
}

/// A payload that was read, and what its task says of it.
pub(crate) struct Prepared {
    /// As it was given, or as the task writes it.
    pub(crate) payload: Box<RawValue>,
    pub(crate) principal: Principal,
    pub(crate) concurrency_key: Option<String>,
}

impl Prepared {
    pub(crate) fn of<T: Task>(payload: &T::Payload) -> TaskResult<Self> {
        Self::new::<T>(payload.to_raw()?, payload)
    }

    fn new<T: Task>(text: Box<RawValue>, payload: &T::Payload) -> TaskResult<Self> {
        Ok(Self {
            payload: text,
            principal: principal::<T>(payload)?,
            concurrency_key: concurrency_key::<T>(payload)?,
        })
    }
}

/// Who a payload says its task runs as.
pub(super) fn principal<T: Task>(payload: &T::Payload) -> TaskResult<Principal> {
    match T::Auth::principal(T::identity(payload)) {
        // What a field that was never set looks like, and no user has it.
        Principal::User(user) if user.as_uuid().is_nil() => Err(TaskError::abort(format!(
            "the payload of task `{}`: the user id is the nil UUID; it was probably never set",
            T::ID
        ))),
        principal => Ok(principal),
    }
}

/// Which of its queue's limits a payload says its run counts for.
pub(super) fn concurrency_key<T: Task>(payload: &T::Payload) -> TaskResult<Option<String>> {
    let key = T::concurrency_key(payload);
    match key.as_deref().map_or(Ok(()), check::concurrency_key) {
        Ok(()) => Ok(key),
        Err(reason) => Err(TaskError::abort(format!(
            "the payload of task `{}`: {reason}",
            T::ID
        ))),
    }
}

inventory::collect!(TaskEntry);

/// Every task linked into this program, in no particular order.
///
/// Rust links a library that is among the dependencies only if the program names it: where all that
/// is wanted of a crate is its tasks, write `use my_tasks as _;`.
pub fn linked_tasks() -> impl Iterator<Item = &'static TaskEntry> {
    inventory::iter::<TaskEntry>.into_iter()
}

impl TaskEntry {
    /// The entry of a task declared at `file` and `line`.
    #[doc(hidden)]
    pub const fn of<T: Task>(file: &'static str, line: u32) -> Self {
        Self {
            id: T::ID,
            auth: T::Auth::KIND,
            options: T::OPTIONS,
            file,
            line,
            run: run_erased::<T>,
            attempt: |supabase, request| Box::pin(execute::attempt::<T>(supabase, request)),
            prepare: |given| {
                let payload = T::Payload::from_text(given.get())
                    .map_err(|error| TaskError::invalid_payload(T::ID, &error))?;
                Prepared::new::<T>(given, &payload)
            },
            scheduled: |tick| Some(T::scheduled(tick)?.to_raw().map_err(TaskError::from)),
            #[cfg(feature = "postgres")]
            definition: crate::engine::postgres::definition::<T>,
        }
    }

    /// The task's id.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The identity it runs as.
    pub fn auth(&self) -> AuthKind {
        self.auth
    }

    /// How it is run.
    pub fn options(&self) -> &TaskOptions {
        &self.options
    }

    /// The queue its runs wait in: the one it names, or one of its own with the task's id as name.
    pub fn queue(&self) -> &'static str {
        match self.options.queue_options() {
            Some(queue) => queue.name(),
            None => self.id,
        }
    }

    /// Where it is declared: `src/tasks.rs:12`.
    pub fn location(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Runs it now, once, from a JSON payload to a JSON output.
    ///
    /// # Errors
    ///
    /// As [`Task::run`]; a payload that does not parse aborts.
    pub async fn run(&self, supabase: &Supabase, payload: Value) -> TaskResult<Value> {
        (self.run)(supabase, payload).await
    }

    /// One attempt of a run, for an engine.
    pub(crate) fn attempt<'a>(
        &self,
        supabase: &'a Supabase,
        request: AttemptRequest,
    ) -> BoxFuture<'a, Verdict> {
        (self.attempt)(supabase, request)
    }

    /// Reads a payload as the task would: what is wrong with it is told before it is stored.
    pub(crate) fn prepare(&self, payload: Box<RawValue>) -> TaskResult<Prepared> {
        let prepare = self.prepare;
        self.caught(move || prepare(payload))?
    }

    /// The payload of the run at a tick of its schedule; `None` if it has no schedule.
    pub(crate) fn scheduled(&self, tick: Tick) -> Option<TaskResult<Box<RawValue>>> {
        let scheduled = self.scheduled;
        match self.caught(move || scheduled(tick)) {
            Ok(payload) => payload,
            Err(panicked) => Some(Err(panicked)),
        }
    }

    /// A payload's type is the application's: where it panics, the worker that makes or reads the
    /// payload must go on.
    fn caught<R>(&self, call: impl FnOnce() -> R + UnwindSafe) -> TaskResult<R> {
        catch_unwind(call).map_err(|panic| execute::panicked(self.id, &*panic))
    }

    /// What graphile_worker knows the task by.
    #[cfg(feature = "postgres")]
    pub(crate) fn definition(&self) -> graphile_worker::JobDefinition {
        (self.definition)()
    }
}

impl fmt::Debug for TaskEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskEntry")
            .field("id", &self.id)
            .field("auth", &self.auth)
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}

fn run_erased<T: Task>(supabase: &Supabase, payload: Value) -> BoxFuture<'_, TaskResult<Value>> {
    Box::pin(async move {
        let payload = T::Payload::from_json(payload)
            .map_err(|error| TaskError::invalid_payload(T::ID, &error))?;
        let output = T::run(supabase, payload).await?;
        crate::json::to_value(&output).map_err(|error| TaskError::invalid_output(T::ID, error))
    })
}

/// Ids that more than one task has, each with the places, in the order of the ids.
pub(crate) fn duplicate_ids() -> Vec<(&'static str, Vec<String>)> {
    let mut places: HashMap<&'static str, Vec<String>> = HashMap::new();
    for task in linked_tasks() {
        places.entry(task.id()).or_default().push(task.location());
    }
    let mut duplicates: Vec<_> = places.into_iter().filter(|(_, at)| at.len() > 1).collect();
    for (_, places) in &mut duplicates {
        places.sort();
    }
    duplicates.sort();
    duplicates
}
