//! Runs one attempt, in the same way for every engine: hooks, time limit, cancellation, panics, and what to
//! do next.
//!
//! The order of the hooks is Trigger.dev's: `on_start` (in the first attempt), then the task. After a
//! success, `on_success` and `on_complete` follow; after a failure, `catch_error`, and if there is no other
//! attempt, `on_failure` and `on_complete`.

pub(super) mod call;
mod log;
#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use serde_json::value::RawValue;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::prepare::{concurrency_key, principal};
use super::{CatchError, HookContext, Hooks, Task, TaskContext, TaskOutput, TaskPayload};
use crate::Supabase;
use crate::auth::StoredIdentity;
use crate::engine::{AttemptRequest, RunFailure, Verdict, check, panicked};
use crate::jitter::jitter;
use crate::run::limits::LONGEST;
use crate::run::{RetryPolicy, TaskError, TaskResult};

/// The time limit of a hook, so that a hanging hook does not keep the run open.
const LONGEST_HOOK: Duration = Duration::from_secs(60);

/// One attempt that an engine requested.
struct Attempt<'a> {
    /// Its token is a child of `stop`: the task may cancel it, and it is cancelled automatically when the
    /// task's function is dropped.
    context: &'a TaskContext,
    stop: &'a CancellationToken,
    payload: &'a RawValue,
    stored: StoredIdentity,
    grace: Duration,
}

/// Runs one attempt from a stored payload, and logs the result.
pub(super) async fn attempt<T: Task>(supabase: &Supabase, request: AttemptRequest) -> Verdict {
    let stop = request.stop.child_token();
    let context = &TaskContext::of_attempt::<T>(request.run, request.number, stop, request.engine);
    let attempt = Attempt {
        context,
        stop: &request.stop,
        payload: &request.payload,
        stored: request.stored,
        grace: request.grace,
    };
    // No parent span: what the engine is doing at the moment says nothing about the run.
    let span = call::span::<T>(context, None);
    async {
        let began = Instant::now();
        let outcome = AssertUnwindSafe(attempt_in_span::<T>(supabase, &attempt)).catch_unwind();
        let verdict = outcome.await.unwrap_or_else(|_| {
            let error = TaskError::retry(format!(
                "task `{}` panicked while its payload was read or its output written",
                T::ID
            ));
            match next::<T>(context, &error, CatchError::Default) {
                Some(after) => Verdict::Retry { error, after },
                None => Verdict::Failed(error),
            }
        });
        log::log(
            &verdict,
            context,
            attempt.stop.is_cancelled(),
            began.elapsed(),
        );
        verdict
    }
    .instrument(span)
    .await
}

async fn attempt_in_span<T: Task>(supabase: &Supabase, attempt: &Attempt<'_>) -> Verdict {
    let context = attempt.context;
    let payload = match checked_payload::<T>(attempt) {
        Ok(payload) => payload,
        // Hooks cannot be called without a payload.
        Err(error) => return Verdict::Failed(error),
    };
    let hooks = T::hooks();
    let kept = match kept_payload::<T>(&hooks, attempt.payload) {
        Ok(kept) => kept,
        Err(error) => return Verdict::Failed(error),
    };
    let hooks = Kept {
        hooks,
        payload: kept.as_ref(),
        context,
    };
    let ended = async {
        attempt.stop.cancelled().await;
        tokio::time::sleep(attempt.grace).await;
    };
    let outcome = tokio::select! {
        biased;
        outcome = hooks.outcome(supabase, payload) => outcome,
        () = ended => return Verdict::Interrupted,
    };
    match outcome {
        // A task that is asked to stop may return an error. It did not fail.
        Outcome::Returned(Err(_)) if attempt.stop.is_cancelled() => Verdict::Interrupted,
        outcome => hooks.verdict(outcome).await,
    }
}

/// Runs a task once, now, outside any engine.
pub(super) async fn run<T: Task>(
    supabase: &Supabase,
    payload: T::Payload,
) -> TaskResult<TaskOutput<T>> {
    let context = TaskContext::direct::<T>();
    let span = call::span::<T>(&context, Span::current().id());
    run_in_span::<T>(supabase, &context, payload)
        .instrument(span)
        .await
}

async fn run_in_span<T: Task>(
    supabase: &Supabase,
    context: &TaskContext,
    payload: T::Payload,
) -> TaskResult<TaskOutput<T>> {
    let hooks = T::hooks();
    let kept = match hooks.is_empty() {
        true => None,
        false => kept_payload::<T>(&hooks, &payload.to_raw()?)?,
    };
    let hooks = Kept {
        hooks,
        payload: kept.as_ref(),
        context,
    };
    let outcome = within_limit::<T, _>(hooks.start_and_call(supabase, payload)).await;
    match outcome {
        Ok(Ok(output)) => {
            hooks.ended(Ok(&output)).await;
            Ok(output)
        }
        Ok(Err(error)) | Err(error) => {
            hooks.catch_error(&error).await;
            hooks.ended(Err(&error)).await;
            Err(error)
        }
    }
}

/// Applies the task's time limit. Returns `Err` if the future took too long.
async fn within_limit<T: Task, F: Future>(future: F) -> TaskResult<F::Output> {
    match T::OPTIONS.longest_attempt() {
        None => Ok(future.await),
        Some(longest) => tokio::time::timeout(longest, future)
            .await
            .map_err(|_| call::too_long::<T>()),
    }
}

fn checked_payload<T: Task>(attempt: &Attempt<'_>) -> TaskResult<T::Payload> {
    let payload = T::Payload::from_text(attempt.payload.get())
        .map_err(|error| TaskError::invalid_payload(T::ID, &error))?;
    // Also checks runs triggered from SQL, which cannot parse a payload as its task does.
    let named = principal::<T>(&payload)?;
    concurrency_key::<T>(&payload)?;
    let stored = attempt.stored;
    if !stored.allows(&named) {
        return Err(TaskError::abort(format!(
            "the run was triggered for {stored}, but its payload names {named}: the stored run or \
             the task's `auth`, `role` or `user` has changed since; trigger it again"
        )));
    }
    Ok(payload)
}

/// Parses a second copy of the payload for the hooks, because a payload may not be `Clone`.
fn kept_payload<T: Task>(hooks: &Hooks<T>, payload: &RawValue) -> TaskResult<Option<T::Payload>> {
    if hooks.is_empty() {
        return Ok(None);
    }
    T::Payload::from_text(payload.get())
        .map(Some)
        .map_err(|error| TaskError::invalid_payload(T::ID, &error))
}

/// Serializes the task's output for storage. An error aborts, because a retry would give the same output.
fn written<T: Task>(output: &TaskOutput<T>) -> TaskResult<Box<RawValue>> {
    let json = crate::json::to_raw_value(output)
        .map_err(|error| TaskError::invalid_output(T::ID, error))?;
    check::output(T::ID, json.get()).map_err(TaskError::abort)?;
    Ok(json)
}

/// Returns the wait until the next attempt; `None` if there is none. It is never longer than [`LONGEST`],
/// whether a policy, a hook, an error or a server sets it.
fn next<T: Task>(
    context: &TaskContext,
    error: &TaskError,
    decision: CatchError,
) -> Option<Duration> {
    let failed = context.attempt();
    if failed >= context.max_attempts() {
        return None;
    }
    let wait = |policy: &RetryPolicy| policy.delay_after(failed, jitter());
    let after = match decision {
        CatchError::SkipRetrying => return None,
        CatchError::RetryAfter(after) => after,
        CatchError::RetryAt(time) => time.duration_since(SystemTime::now()).unwrap_or_default(),
        CatchError::Retry(policy) if failed >= policy.attempts() => return None,
        CatchError::Retry(policy) => wait(&policy),
        CatchError::Default if error.is_abort() => return None,
        CatchError::Default => error
            .retry_delay()
            .unwrap_or_else(|| wait(T::OPTIONS.retry_policy())),
    };
    Some(after.min(LONGEST))
}

/// The hooks of a task, with their arguments.
struct Kept<'a, T: Task> {
    hooks: Hooks<T>,
    payload: Option<&'a T::Payload>,
    context: &'a TaskContext,
}

/// The outcome of the task's function.
enum Outcome<O> {
    Returned(TaskResult<O>),
    TooLong(TaskError),
}

impl<T: Task> Kept<'_, T> {
    fn hook(&self) -> Option<HookContext<'_, T>> {
        let (payload, context) = (self.payload?, self.context);
        Some(HookContext { payload, context })
    }

    /// Calls `on_start` and the task's function. A panic is treated like any other error.
    async fn outcome(&self, supabase: &Supabase, payload: T::Payload) -> Outcome<TaskOutput<T>> {
        let called = AssertUnwindSafe(self.start_and_call(supabase, payload)).catch_unwind();
        match within_limit::<T, _>(called).await {
            Ok(Ok(returned)) => Outcome::Returned(returned),
            Ok(Err(panic)) => Outcome::Returned(Err(panicked(T::ID, &*panic))),
            Err(too_long) => Outcome::TooLong(too_long),
        }
    }

    async fn start_and_call(
        &self,
        supabase: &Supabase,
        payload: T::Payload,
    ) -> TaskResult<TaskOutput<T>> {
        if let (1, Some(on_start), Some(hook)) =
            (self.context.attempt(), self.hooks.on_start, self.hook())
        {
            on_start(hook).await?;
        }
        call::call::<T>(supabase, self.context, payload).await
    }

    async fn verdict(&self, outcome: Outcome<TaskOutput<T>>) -> Verdict {
        let error = match outcome {
            Outcome::Returned(Ok(output)) => match written::<T>(&output) {
                Ok(json) => {
                    self.ended(Ok(&output)).await;
                    return Verdict::Completed(json);
                }
                Err(error) => error,
            },
            Outcome::Returned(Err(error)) => error,
            Outcome::TooLong(error) => {
                self.ended(Err(&error)).await;
                return Verdict::TimedOut(error);
            }
        };
        let decision = self.catch_error(&error).await;
        match next::<T>(self.context, &error, decision) {
            Some(after) => Verdict::Retry { error, after },
            None => {
                self.ended(Err(&error)).await;
                Verdict::Failed(error)
            }
        }
    }

    async fn catch_error(&self, error: &TaskError) -> CatchError {
        match (self.hooks.catch_error, self.hook()) {
            (Some(catch_error), Some(hook)) => self
                .guarded("catch_error", catch_error(hook, error))
                .await
                .unwrap_or_default(),
            _ => CatchError::Default,
        }
    }

    /// Calls the hooks for a run that has ended.
    async fn ended(&self, result: Result<&TaskOutput<T>, &TaskError>) {
        let Some(hook) = self.hook() else { return };
        if let (Ok(output), Some(on_success)) = (result, self.hooks.on_success) {
            self.guarded("on_success", on_success(hook, output)).await;
        }
        if let (Err(error), Some(on_failure)) = (result, self.hooks.on_failure) {
            self.guarded("on_failure", on_failure(hook, error)).await;
        }
        if let Some(on_complete) = self.hooks.on_complete {
            let on_complete = on_complete(hook, result);
            self.guarded("on_complete", on_complete).await;
        }
    }

    /// Runs a hook. If it fails, the failure is logged and does not affect the run.
    async fn guarded<R>(&self, name: &str, hook: impl Future<Output = TaskResult<R>>) -> Option<R> {
        let guarded = AssertUnwindSafe(hook).catch_unwind();
        let reason = match tokio::time::timeout(LONGEST_HOOK, guarded).await {
            Ok(Ok(Ok(value))) => return Some(value),
            Ok(Ok(Err(error))) => RunFailure::of(&error).message,
            Ok(Err(panic)) => RunFailure::of(&panicked(T::ID, &*panic)).message,
            Err(_) => format!("it took longer than {LONGEST_HOOK:?}"),
        };
        tracing::warn!(hook = name, task.id = T::ID, %reason, "a hook failed");
        None
    }
}
