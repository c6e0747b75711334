//! [`TaskEntry::of`]: erases a task's types, for engines and command lines.

use serde_json::Value;

use super::{Task, TaskPayload, execute};
use crate::Supabase;
use crate::auth::AuthMode;
#[cfg(feature = "postgres")]
use crate::engine::postgres::{NamedTask, definition};
use crate::engine::{Prepared, TaskEntry};
use crate::run::{TaskError, TaskResult};
use futures_util::future::BoxFuture;

impl TaskEntry {
    /// Creates the entry of a task declared at `file` and `line`.
    #[doc(hidden)]
    pub const fn of<T: Task>(file: &'static str, line: u32) -> Self {
        Self {
            id: T::ID,
            auth: T::Auth::KIND,
            takes_database: T::TAKES_DATABASE,
            role: T::Auth::ROLE,
            options: T::OPTIONS,
            file,
            line,
            check_keys: Supabase::check_keys::<T::Auth>,
            run: run_erased::<T>,
            attempt: |supabase, request| Box::pin(execute::attempt::<T>(supabase, request)),
            prepare: |given| {
                let payload = T::Payload::from_text(given.get())
                    .map_err(|error| TaskError::invalid_payload(T::ID, &error))?;
                Prepared::new::<T>(given, &payload)
            },
            scheduled: |tick| Some(T::scheduled(tick)?.to_raw().map_err(TaskError::from)),
            #[cfg(feature = "postgres")]
            definition: definition::<T>,
        }
    }
}

#[cfg(feature = "postgres")]
impl<T: Task> NamedTask for T {
    const NAME: &'static str = T::ID;
}

fn run_erased<T: Task>(supabase: &Supabase, payload: Value) -> BoxFuture<'_, TaskResult<Value>> {
    Box::pin(async move {
        let payload = T::Payload::from_json(payload)
            .map_err(|error| TaskError::invalid_payload(T::ID, &error))?;
        let output = T::run(supabase, payload).await?;
        crate::json::to_value(&output).map_err(|error| TaskError::invalid_output(T::ID, error))
    })
}
