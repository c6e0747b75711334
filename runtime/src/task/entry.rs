//! [`TaskEntry::of`]: a task without its types, as engines and command lines know it.

use serde_json::Value;
use serde_json::value::RawValue;

use super::execute;
use super::{Task, TaskPayload};
use crate::Supabase;
use crate::auth::{AuthMode, Principal};
use crate::engine::backend::BoxFuture;
#[cfg(feature = "postgres")]
use crate::engine::postgres::{NamedTask, definition};
use crate::engine::{Prepared, TaskEntry, check};
use crate::run::{TaskError, TaskResult};

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
            definition: definition::<T>,
        }
    }
}

#[cfg(feature = "postgres")]
impl<T: Task> NamedTask for T {
    const NAME: &'static str = T::ID;
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

fn run_erased<T: Task>(supabase: &Supabase, payload: Value) -> BoxFuture<'_, TaskResult<Value>> {
    Box::pin(async move {
        let payload = T::Payload::from_json(payload)
            .map_err(|error| TaskError::invalid_payload(T::ID, &error))?;
        let output = T::run(supabase, payload).await?;
        crate::json::to_value(&output).map_err(|error| TaskError::invalid_output(T::ID, error))
    })
}
