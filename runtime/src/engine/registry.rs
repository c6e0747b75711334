//! The tasks linked into this program.

use std::collections::HashMap;
use std::fmt;
use std::panic::{UnwindSafe, catch_unwind};

use serde_json::Value;
use serde_json::value::RawValue;

use super::attempt::{AttemptRequest, Verdict, panicked};
#[cfg(feature = "postgres")]
use super::postgres::JobDefinition;
use crate::auth::{AuthKind, Principal};
use crate::run::{TaskOptions, TaskResult, Tick};
use crate::supabase::Supabase;
use futures_util::future::BoxFuture;

type Run = for<'a> fn(&'a Supabase, Value) -> BoxFuture<'a, TaskResult<Value>>;
type Attempt = for<'a> fn(&'a Supabase, AttemptRequest) -> BoxFuture<'a, Verdict>;
type Prepare = fn(Box<RawValue>) -> TaskResult<Prepared>;
type Scheduled = fn(Tick) -> Option<TaskResult<Box<RawValue>>>;

/// A task of this program, without its types: what an engine or a command line needs.
pub struct TaskEntry {
    pub(crate) id: &'static str,
    pub(crate) auth: AuthKind,
    pub(crate) options: TaskOptions,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) run: Run,
    pub(crate) attempt: Attempt,
    pub(crate) prepare: Prepare,
    pub(crate) scheduled: Scheduled,
    #[cfg(feature = "postgres")]
    pub(crate) definition: fn() -> JobDefinition,
}

/// A payload that was read, and what its task says of it.
pub(crate) struct Prepared {
    /// As it was given, or as the task writes it.
    pub(crate) payload: Box<RawValue>,
    pub(crate) principal: Principal,
    pub(crate) concurrency_key: Option<String>,
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
        catch_unwind(call).map_err(|panic| panicked(self.id, &*panic))
    }

    /// What graphile_worker knows the task by.
    #[cfg(feature = "postgres")]
    pub(crate) fn definition(&self) -> JobDefinition {
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
