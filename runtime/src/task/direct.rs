//! Runs a task now, in this process, without an engine.

use std::time::Instant;

use tracing::{Instrument, Span};

use crate::Supabase;
use crate::run::TaskResult;

use super::execute::{self, call};
use super::{Task, TaskContext, TaskOutput};

/// Runs a task once, with its hooks and within its `max_duration`.
pub(super) async fn run<T: Task>(
    supabase: &Supabase,
    payload: T::Payload,
) -> TaskResult<TaskOutput<T>> {
    let longest = T::OPTIONS.longest_attempt();
    let deadline = longest.and_then(|longest| Instant::now().checked_add(longest));
    let context = TaskContext::direct(T::ID, deadline);
    let span = call::span::<T>(&context, Span::current().id());
    execute::once::<T>(supabase, &context, payload)
        .instrument(span)
        .await
}
