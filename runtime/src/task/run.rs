//! One attempt of a task, the same in every engine.

use tracing::Instrument;

use crate::Supabase;
use crate::auth::AuthMode;
use crate::token::RunClaim;

use super::{RunId, Task, TaskContext, TaskOutput, TaskRequest, TaskResult, TaskReturn};

/// A run of one attempt.
pub(super) async fn run<T: Task>(
    supabase: &Supabase,
    payload: T::Payload,
) -> TaskResult<TaskOutput<T>> {
    let context = TaskContext::new(T::ID, RunId::new(), 1);
    attempt::<T>(supabase, context, payload).await
}

/// Builds the client for the identity the payload names, and calls the fn inside the run's span.
pub(super) async fn attempt<T: Task>(
    supabase: &Supabase,
    context: TaskContext,
    payload: T::Payload,
) -> TaskResult<TaskOutput<T>> {
    let span = tracing::info_span!(
        "task",
        task.id = context.task_id(),
        task.run_id = %context.run_id(),
        task.attempt = context.attempt(),
        task.auth = T::Auth::KIND.as_str(),
    );
    // Tells what the task spawned when this future is dropped half-way.
    let cancel_on_drop = context.cancellation_token().clone().drop_guard();
    let claim = RunClaim {
        task_id: T::ID,
        run_id: *context.run_id().as_uuid(),
    };
    let client = supabase.client_of_run::<T::Auth>(T::identity(&payload), claim)?;
    let request = TaskRequest::new(client, context, supabase.states());
    let returned = T::call(request, payload).instrument(span).await;
    cancel_on_drop.disarm();
    returned?.into_task_result()
}
