//! The tasks linked into this program.

use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;

use serde_json::Value;

use crate::Supabase;
use crate::auth::{AuthKind, AuthMode};

use super::{RunId, Task, TaskContext, TaskError, TaskPayload, TaskResult, run};

type ErasedRun =
    for<'a> fn(&'a Supabase, Value) -> Pin<Box<dyn Future<Output = TaskResult<Value>> + Send + 'a>>;

/// A task of this program, without its types: what an engine or a command line needs.
pub struct TaskEntry {
    id: &'static str,
    auth: AuthKind,
    file: &'static str,
    line: u32,
    run: ErasedRun,
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
            file,
            line,
            run: run_erased::<T>,
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

fn run_erased<T: Task>(
    supabase: &Supabase,
    payload: Value,
) -> Pin<Box<dyn Future<Output = TaskResult<Value>> + Send + '_>> {
    Box::pin(async move {
        let payload = T::Payload::from_json(payload)
            .map_err(|error| TaskError::invalid_payload(T::ID, &error))?;
        let context = TaskContext::new(T::ID, RunId::new(), 1);
        let output = run::attempt::<T>(supabase, context, payload).await?;
        serde_json::to_value(output).map_err(|error| TaskError::invalid_output(T::ID, error))
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
