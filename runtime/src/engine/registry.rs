//! The tasks linked into this program.

use std::collections::HashMap;
use std::fmt;
use std::panic::{UnwindSafe, catch_unwind};

use serde_json::Value;
use serde_json::value::RawValue;

use super::attempt::{AttemptRequest, Verdict, panicked};
#[cfg(feature = "postgres")]
use super::postgres::JobDefinition;
use crate::auth::{AuthKind, Principal, RoleName};
use crate::config::ConfigError;
use crate::run::{TaskOptions, TaskResult, Tick};
use crate::supabase::Supabase;
use futures_util::future::BoxFuture;

type CheckKeys = fn(&Supabase) -> Result<(), ConfigError>;
type Run = for<'a> fn(&'a Supabase, Value) -> BoxFuture<'a, TaskResult<Value>>;
type Attempt = for<'a> fn(&'a Supabase, AttemptRequest) -> BoxFuture<'a, Verdict>;
type Prepare = fn(Box<RawValue>) -> TaskResult<Prepared>;
type Scheduled = fn(Tick) -> Option<TaskResult<Box<RawValue>>>;

/// A task of this program without its types, as engines and command lines use it.
pub struct TaskEntry {
    pub(crate) id: &'static str,
    pub(crate) auth: AuthKind,
    /// Whether an argument needs the project's database.
    pub(crate) takes_database: bool,
    pub(crate) role: Option<RoleName>,
    pub(crate) options: TaskOptions,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) check_keys: CheckKeys,
    pub(crate) run: Run,
    pub(crate) attempt: Attempt,
    pub(crate) prepare: Prepare,
    pub(crate) scheduled: Scheduled,
    #[cfg(feature = "postgres")]
    pub(crate) definition: fn() -> JobDefinition,
}

/// A checked payload, with what its task derives from it.
pub(crate) struct Prepared {
    /// As it was given, or as the task's payload type serializes.
    pub(crate) payload: Box<RawValue>,
    pub(crate) principal: Principal,
    pub(crate) concurrency_key: Option<String>,
}

inventory::collect!(TaskEntry);

/// Returns every task linked into this program, in no particular order.
///
/// Rust links a dependency only if the program names it. If you use nothing of a crate but its tasks,
/// write `use my_tasks as _;`.
pub fn linked_tasks() -> impl Iterator<Item = &'static TaskEntry> {
    inventory::iter::<TaskEntry>.into_iter()
}

impl TaskEntry {
    /// Returns the task's id.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Returns whether the task takes the project's database, which needs `SUPABASE_DB_URL` (feature
    /// `sql`).
    pub fn takes_database(&self) -> bool {
        self.takes_database
    }

    /// Returns the kind of identity that the task runs as.
    pub fn auth(&self) -> AuthKind {
        self.auth
    }

    /// Returns the role of the database that a task with `auth = "role"` runs as.
    pub fn role(&self) -> Option<RoleName> {
        self.role
    }

    /// Fails if the keys for the task's client are missing.
    pub(crate) fn check_keys(&self, supabase: &Supabase) -> Result<(), ConfigError> {
        (self.check_keys)(supabase)
    }

    /// Returns the task's options.
    pub fn options(&self) -> &TaskOptions {
        &self.options
    }

    /// Returns the name of the queue its runs wait in. A task without a `queue` has its own, named
    /// after the task's id.
    pub fn queue(&self) -> &'static str {
        match self.options.queue_options() {
            Some(queue) => queue.name(),
            None => self.id,
        }
    }

    /// Returns where the task is declared, such as `src/tasks.rs:12`.
    pub fn location(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Runs the task now, once, with a JSON payload, and returns its output as JSON.
    ///
    /// # Errors
    ///
    /// As [`Task::run`](crate::Task::run); a payload that does not parse is an error that aborts.
    pub async fn run(&self, supabase: &Supabase, payload: Value) -> TaskResult<Value> {
        (self.run)(supabase, payload).await
    }

    /// Runs one attempt of a run, for an engine.
    pub(crate) fn attempt<'a>(
        &self,
        supabase: &'a Supabase,
        request: AttemptRequest,
    ) -> BoxFuture<'a, Verdict> {
        (self.attempt)(supabase, request)
    }

    /// Parses a payload as the task would, so that errors in it are reported before it is stored.
    pub(crate) fn prepare(&self, payload: Box<RawValue>) -> TaskResult<Prepared> {
        let prepare = self.prepare;
        self.caught(move || prepare(payload))?
    }

    /// Makes the payload of the run for a tick of the task's schedule; `None` without a schedule.
    pub(crate) fn scheduled(&self, tick: Tick) -> Option<TaskResult<Box<RawValue>>> {
        let scheduled = self.scheduled;
        let payload = self.caught(move || scheduled(tick));
        payload.unwrap_or_else(|panicked| Some(Err(panicked)))
    }

    /// Catches panics: a payload's type is the application's, and the worker that makes or parses
    /// the payload must survive them.
    fn caught<R>(&self, call: impl FnOnce() -> R + UnwindSafe) -> TaskResult<R> {
        catch_unwind(call).map_err(|panic| panicked(self.id, &*panic))
    }

    /// Returns the task's definition for graphile_worker.
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
            .field("role", &self.role)
            .field("location", &self.location())
            .finish_non_exhaustive()
    }
}

/// Returns the ids that several tasks have, sorted, each with the locations of those tasks.
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
