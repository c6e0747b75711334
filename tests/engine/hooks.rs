//! Hooks: which ones are called, in which order, and what they can and cannot change.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use supabase_task::RunStatus;
use supabase_task::prelude::*;
use supabase_task::task::{CatchError, HookContext, RetryPolicy, RunId};

use crate::support::{Engine, on_both_engines, soon, status_of};

on_both_engines!(
    of_a_run_that_succeeds,
    of_a_run_that_fails_and_then_succeeds,
    of_a_run_that_fails,
    an_abort_fires_on_failure_too,
    what_takes_too_long_is_a_failure_that_nobody_catches,
    a_panic_is_caught_like_an_error,
    on_start_can_fail_the_attempt,
    what_the_later_hooks_do_wrong_changes_nothing,
    catch_error_can_end_the_run,
    catch_error_can_say_when_to_try_again,
    catch_error_can_say_at_what_time_to_try_again,
    catch_error_can_bring_another_policy,
    catch_error_can_try_an_abort_again,
    catch_error_that_breaks_is_as_if_it_was_not_there,
);

/// The calls in each run. Static, because hooks have no `State`.
static CALLS: LazyLock<Mutex<HashMap<RunId, Vec<String>>>> = LazyLock::new(Mutex::default);

fn called(context: &TaskContext, what: &str) {
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    let line = format!("{what} {}", context.attempt());
    calls.entry(context.run_id()).or_default().push(line);
}

fn calls(run: RunId) -> Vec<String> {
    let mut calls = CALLS.lock().unwrap_or_else(PoisonError::into_inner);
    calls.remove(&run).unwrap_or_default()
}

/// What each attempt of a run does, from the first; later attempts succeed.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Script {
    attempts: Vec<Act>,
    hooks: Hooks,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Act {
    Fail,
    Abort,
    Hang,
    Panic,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Hooks {
    Behave,
    FailAtStart,
    Err,
    Panic,
    Skip,
    RetryAfter,
    RetryAt,
    OtherPolicy,
}

#[supabase_task(
    auth = "service",
    retry(max_attempts = 2, min = "10ms", max = "10ms", jitter = false),
    max_duration = "200ms",
    on_start = on_start,
    on_success = on_success,
    on_failure = on_failure,
    on_complete = on_complete,
    catch_error = catch_error
)]
async fn hooked(payload: Script, _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<u32> {
    called(&ctx, "task");
    let act = payload.attempts.get(ctx.attempt() as usize - 1);
    match act {
        None => Ok(ctx.attempt()),
        Some(Act::Fail) => Err(TaskError::retry("failed")),
        Some(Act::Abort) => Err(TaskError::abort("aborted")),
        Some(Act::Hang) => std::future::pending().await,
        Some(Act::Panic) => panic!("panicked"),
    }
}

async fn on_start(hook: HookContext<'_, hooked>) -> TaskResult<()> {
    called(hook.context(), "on_start");
    match hook.payload().hooks {
        Hooks::FailAtStart => Err(TaskError::retry("not started")),
        _ => Ok(()),
    }
}

async fn on_success(hook: HookContext<'_, hooked>, output: &u32) -> TaskResult<()> {
    called(hook.context(), &format!("on_success {output}"));
    broken(hook)
}

async fn on_failure(hook: HookContext<'_, hooked>, error: &TaskError) -> TaskResult<()> {
    called(hook.context(), "on_failure");
    assert!(!error.to_string().is_empty());
    broken(hook)
}

async fn on_complete(
    hook: HookContext<'_, hooked>,
    result: Result<&u32, &TaskError>,
) -> TaskResult<()> {
    called(
        hook.context(),
        match result {
            Ok(_) => "on_complete ok",
            Err(_) => "on_complete err",
        },
    );
    broken(hook)
}

async fn catch_error(hook: HookContext<'_, hooked>, _: &TaskError) -> TaskResult<CatchError> {
    called(hook.context(), "catch_error");
    broken(hook)?;
    Ok(match hook.payload().hooks {
        Hooks::Skip => CatchError::SkipRetrying,
        Hooks::RetryAfter => CatchError::RetryAfter(LONG),
        Hooks::RetryAt => CatchError::RetryAt(SystemTime::now() + LONG),
        Hooks::OtherPolicy => CatchError::Retry(RetryPolicy::new().min(LONG).jitter(false)),
        _ => CatchError::Default,
    })
}

/// Longer than the waits of the task's own policy.
const LONG: Duration = Duration::from_millis(120);

fn broken(hook: HookContext<'_, hooked>) -> TaskResult<()> {
    match hook.payload().hooks {
        Hooks::Err => Err(TaskError::abort("a hook's own error")),
        Hooks::Panic => panic!("a hook's own panic"),
        _ => Ok(()),
    }
}

/// Runs the task. Returns how the run ended and which hooks were called.
async fn run(engine: &Engine, attempts: &[Act], hooks: Hooks) -> (RunStatus, Vec<String>) {
    let attempts = attempts.to_vec();
    let _worker = engine.start();
    let handle = hooked::trigger(&engine.queue, Script { attempts, hooks });
    let handle = handle.await.unwrap();
    let status = match soon(handle.wait()).await {
        Ok(_) => RunStatus::Completed,
        failed => status_of(failed),
    };
    (status, calls(handle.id()))
}

async fn of_a_run_that_succeeds(engine: Engine) {
    let (status, calls) = run(&engine, &[], Hooks::Behave).await;
    assert_eq!(status, RunStatus::Completed);
    let expected = ["on_start 1", "task 1", "on_success 1 1", "on_complete ok 1"];
    assert_eq!(calls, expected);
}

async fn of_a_run_that_fails_and_then_succeeds(engine: Engine) {
    let (status, calls) = run(&engine, &[Act::Fail], Hooks::Behave).await;
    assert_eq!(status, RunStatus::Completed);
    let first = ["on_start 1", "task 1", "catch_error 1"];
    assert_eq!(calls[..3], first);
    assert_eq!(calls[3..], ["task 2", "on_success 2 2", "on_complete ok 2"]);
}

async fn of_a_run_that_fails(engine: Engine) {
    let (status, calls) = run(&engine, &[Act::Fail, Act::Fail], Hooks::Behave).await;
    assert_eq!(status, RunStatus::Failed);
    let first = ["on_start 1", "task 1", "catch_error 1"];
    assert_eq!(calls[..3], first);
    let second = [
        "task 2",
        "catch_error 2",
        "on_failure 2",
        "on_complete err 2",
    ];
    assert_eq!(calls[3..], second);
}

const ENDED_AT_ONCE: [&str; 5] = [
    "on_start 1",
    "task 1",
    "catch_error 1",
    "on_failure 1",
    "on_complete err 1",
];

async fn an_abort_fires_on_failure_too(engine: Engine) {
    let (status, calls) = run(&engine, &[Act::Abort], Hooks::Behave).await;
    assert_eq!(status, RunStatus::Failed);
    assert_eq!(calls, ENDED_AT_ONCE);
}

async fn what_takes_too_long_is_a_failure_that_nobody_catches(engine: Engine) {
    let (status, calls) = run(&engine, &[Act::Hang], Hooks::Behave).await;
    assert_eq!(status, RunStatus::TimedOut);
    let expected = ["on_start 1", "task 1", "on_failure 1", "on_complete err 1"];
    assert_eq!(calls, expected);
}

async fn a_panic_is_caught_like_an_error(engine: Engine) {
    let (status, calls) = run(&engine, &[Act::Panic], Hooks::Behave).await;
    assert_eq!(status, RunStatus::Completed);
    assert_eq!(calls[..3], ["on_start 1", "task 1", "catch_error 1"]);
    assert_eq!(calls[3], "task 2");
}

async fn on_start_can_fail_the_attempt(engine: Engine) {
    let (status, calls) = run(&engine, &[], Hooks::FailAtStart).await;
    assert_eq!(status, RunStatus::Completed);
    assert_eq!(calls[..3], ["on_start 1", "catch_error 1", "task 2"]);
}

async fn what_the_later_hooks_do_wrong_changes_nothing(engine: Engine) {
    for hooks in [Hooks::Err, Hooks::Panic] {
        let (status, calls) = run(&engine, &[], hooks).await;
        assert_eq!(status, RunStatus::Completed);
        assert_eq!(calls[2..], ["on_success 1 1", "on_complete ok 1"]);
        let (status, calls) = run(&engine, &[Act::Abort], hooks).await;
        assert_eq!(status, RunStatus::Failed);
        assert_eq!(calls, ENDED_AT_ONCE);
    }
}

async fn catch_error_can_end_the_run(engine: Engine) {
    let (status, calls) = run(&engine, &[Act::Fail], Hooks::Skip).await;
    assert_eq!(status, RunStatus::Failed);
    assert_eq!(calls, ENDED_AT_ONCE);
}

/// How long a run waited for its second attempt, which succeeded.
async fn waited(engine: &Engine, first: Act, hooks: Hooks) -> Duration {
    let attempts = vec![first];
    let _worker = engine.start();
    let handle = hooked::trigger(&engine.queue, Script { attempts, hooks });
    let handle = handle.await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 2);
    let attempts = handle.retrieve().await.unwrap().attempts;
    (attempts[1].started_at - attempts[0].ended_at)
        .to_std()
        .unwrap()
}

async fn catch_error_can_say_when_to_try_again(engine: Engine) {
    let waited = waited(&engine, Act::Fail, Hooks::RetryAfter).await;
    assert!(waited >= LONG, "{waited:?}");
}

async fn catch_error_can_say_at_what_time_to_try_again(engine: Engine) {
    let waited = waited(&engine, Act::Fail, Hooks::RetryAt).await;
    // The time counts from the call of the hook, which is a little before the attempt ends.
    assert!(waited >= LONG / 2, "{waited:?}");
}

async fn catch_error_can_bring_another_policy(engine: Engine) {
    let waited = waited(&engine, Act::Fail, Hooks::OtherPolicy).await;
    assert!(waited >= LONG, "{waited:?}");
}

async fn catch_error_can_try_an_abort_again(engine: Engine) {
    let waited = waited(&engine, Act::Abort, Hooks::RetryAfter).await;
    assert!(waited >= LONG, "{waited:?}");
}

async fn catch_error_that_breaks_is_as_if_it_was_not_there(engine: Engine) {
    for hooks in [Hooks::Err, Hooks::Panic] {
        let (status, calls) = run(&engine, &[Act::Fail], hooks).await;
        assert_eq!(status, RunStatus::Completed);
        assert_eq!(calls[2..4], ["catch_error 1", "task 2"]);
    }
}
