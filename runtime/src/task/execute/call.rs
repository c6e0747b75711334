//! Calls a task's function, with its client and context, in its span.

use tracing::Span;
use tracing::span::Id;

use crate::Supabase;
use crate::auth::AuthMode;
use crate::run::{TaskError, TaskResult};
use crate::task::{Task, TaskContext, TaskOutput, TaskRequest, TaskReturn};
use crate::token::RunClaim;

/// Creates the span of one attempt.
pub(in crate::task) fn span<T: Task>(context: &TaskContext, parent: Option<Id>) -> Span {
    tracing::info_span!(
        parent: parent,
        "task",
        task.id = context.task_id(),
        task.run_id = %context.run_id(),
        task.attempt = context.attempt(),
        task.auth = T::Auth::KIND.as_str(),
        task.role = T::Auth::ROLE.map(tracing::field::display),
    )
}

/// Builds the client for the identity that the payload names, and calls the task's function.
pub(in crate::task) async fn call<T: Task>(
    supabase: &Supabase,
    context: &TaskContext,
    payload: T::Payload,
) -> TaskResult<TaskOutput<T>> {
    // Cancels what the task spawned if this future is dropped halfway.
    let cancel_on_drop = context.cancellation_token().clone().drop_guard();
    let claim = RunClaim {
        task_id: T::ID,
        run_id: *context.run_id().as_uuid(),
    };
    let identity = T::identity(&payload);
    let mut client = supabase.client_of_run::<T::Auth>(identity, claim)?;
    if let Some(deadline) = context.deadline() {
        client = client.with_deadline(deadline);
    }
    let request = TaskRequest {
        client,
        context: context.clone(),
        states: supabase.states(),
        #[cfg(feature = "sql")]
        database: supabase.database(identity, Some(claim)),
    };
    let returned = T::call(request, payload).await;
    cancel_on_drop.disarm();
    returned?.into_task_result()
}

/// The error of an attempt that took longer than the task's `max_duration`.
pub(in crate::task) fn too_long<T: Task>() -> TaskError {
    let longest = T::OPTIONS.longest_attempt().unwrap_or_default();
    TaskError::abort(format!(
        "task `{}` took longer than its max_duration of {longest:?}: raise the limit, or do less \
         in one run",
        T::ID,
    ))
}
