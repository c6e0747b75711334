//! [`Prepared`]: what a task derives from its payload.

use serde_json::value::RawValue;

use super::{Task, TaskPayload};
use crate::auth::{AuthMode, Principal};
use crate::engine::{Prepared, check};
use crate::run::{TaskError, TaskResult};

impl Prepared {
    pub(crate) fn of<T: Task>(payload: &T::Payload) -> TaskResult<Self> {
        Self::new::<T>(payload.to_raw()?, payload)
    }

    pub(super) fn new<T: Task>(text: Box<RawValue>, payload: &T::Payload) -> TaskResult<Self> {
        Ok(Self {
            payload: text,
            principal: principal::<T>(payload)?,
            concurrency_key: concurrency_key::<T>(payload)?,
        })
    }
}

/// Returns the identity that a payload names for its task.
pub(super) fn principal<T: Task>(payload: &T::Payload) -> TaskResult<Principal> {
    let principal = T::Auth::principal(T::identity(payload));
    match principal.user() {
        // No user has the nil UUID. A field that was never set looks like this.
        Some(user) if user.as_uuid().is_nil() => Err(TaskError::abort(format!(
            "the payload of task `{}`: the user id is the nil UUID; it was probably never set",
            T::ID
        ))),
        _ => Ok(principal),
    }
}

/// Returns the concurrency key of a payload, checked.
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
