//! Tests of what follows an attempt, and of its log lines.

mod recorder;

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::recorder::Recorder;
use super::{AttemptRequest, Verdict, next};
use crate::auth::{Principal, StoredIdentity, User};
use crate::run::RunInfo;
use crate::run::limits::LONGEST;
use crate::task::{
    CatchError, RetryPolicy, Task, TaskContext, TaskEntry, TaskError, TaskOptions, TaskRequest,
    TaskResult,
};
use crate::{Supabase, UserId};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Probe {
    user_id: UserId,
    act: Act,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Act {
    Return(Value),
    /// Returns an array nested this many levels deep.
    Nest(usize),
    /// Returns a string of this many bytes, including the quotes.
    Write(usize),
    Fail,
    Abort,
    Hang,
    Brittle(#[serde(deserialize_with = "panics")] ()),
}

fn panics<'de, D: serde::Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    panic!("a payload that cannot be read")
}

struct ProbeTask;

impl Task for ProbeTask {
    const ID: &'static str = "execute-probe";
    const OPTIONS: TaskOptions = TaskOptions::new()
        .retry(RetryPolicy::new().min(Duration::from_secs(2)).jitter(false))
        .max_duration(Duration::from_secs(5));
    type Auth = User;
    type Payload = Probe;
    type Return = TaskResult<Value>;

    fn identity(payload: &Probe) -> UserId {
        payload.user_id
    }

    async fn call(_: TaskRequest<User>, payload: Probe) -> TaskResult<Self::Return> {
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        Ok(match payload.act {
            Act::Return(value) => Ok(value),
            Act::Nest(levels) => Ok((1..levels).fold(json!([]), |inner, _| json!([inner]))),
            Act::Write(bytes) => Ok("x".repeat(bytes - 2).into()),
            Act::Fail => Err(TaskError::retry("the secret plan\0 is not there")),
            Act::Abort => Err(TaskError::abort("never")),
            Act::Hang => std::future::pending().await,
            Act::Brittle(()) => Ok(Value::Null),
        })
    }
}

static PROBE: TaskEntry = TaskEntry::of::<ProbeTask>(file!(), line!());

fn user() -> UserId {
    UserId::from(uuid::Uuid::from_u128(7))
}

fn supabase() -> Supabase {
    Supabase::builder()
        .url("http://127.0.0.1:1")
        .publishable_key("sb_publishable_of_nobody")
        .jwt_secret("a-secret-of-nobody-with-more-than-32-bytes")
        .build()
        .unwrap()
}

fn run() -> RunInfo {
    RunInfo {
        max_attempts: 3,
        ..RunInfo::direct()
    }
}

fn context(attempt: u32) -> TaskContext {
    TaskContext::of_attempt::<ProbeTask>(run(), attempt, CancellationToken::new(), None)
}

fn request(attempt: u32, user_id: UserId, act: Act) -> AttemptRequest {
    let payload = Probe { user_id, act };
    AttemptRequest {
        run: run(),
        number: attempt,
        engine: None,
        stop: CancellationToken::new(),
        payload: to_raw_value(&payload).unwrap(),
        // Like a run that was triggered from SQL.
        stored: StoredIdentity::AnyUser,
        grace: Duration::ZERO,
    }
}

async fn attempt(number: u32, act: Act) -> Verdict {
    PROBE
        .attempt(&supabase(), request(number, user(), act))
        .await
}

#[track_caller]
fn aborted(verdict: Verdict) -> String {
    match verdict {
        Verdict::Failed(error) if error.is_abort() => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_nil_user_fails_the_run_at_once_where_no_trigger_saw_it() {
    let nil = UserId::from(uuid::Uuid::nil());
    for stored in [
        StoredIdentity::AnyUser,
        StoredIdentity::Is(Principal::User(nil)),
    ] {
        let mut request = request(1, nil, Act::Return(Value::Null));
        request.stored = stored;
        let verdict = PROBE.attempt(&supabase(), request).await;
        assert_eq!(
            aborted(verdict),
            "the payload of task `execute-probe`: the user id is the nil UUID; it was probably \
             never set"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_output_above_a_limit_fails_the_run_and_one_at_it_does_not() {
    let mib = 1024 * 1024;
    for fine in [Act::Nest(100), Act::Write(10 * mib)] {
        let verdict = attempt(1, fine).await;
        assert!(matches!(verdict, Verdict::Completed(_)));
    }
    let text = aborted(attempt(1, Act::Nest(101)).await);
    assert!(text.contains("101 levels"), "{text}");
    let text = aborted(attempt(1, Act::Write(10 * mib + 1)).await);
    let end = "has 10485761 bytes, and the limit is 10485760: put large data into Storage and \
               return its path";
    assert!(
        text.contains("the output of task `execute-probe`"),
        "{text}"
    );
    assert!(text.ends_with(end), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_outside_of_the_tasks_fn_is_a_failed_attempt() {
    let Verdict::Retry { error, after } = attempt(1, Act::Brittle(())).await else {
        panic!("it is not tried again");
    };
    assert_eq!(after, Duration::from_secs(2));
    assert!(error.to_string().contains("`execute-probe` panicked"));
    let verdict = attempt(3, Act::Brittle(())).await;
    assert!(matches!(verdict, Verdict::Failed(_)), "{verdict:?}");
}

/// Returns the log lines of one attempt, without the run's id.
async fn logged(request: AttemptRequest) -> Vec<String> {
    let recorder = Recorder::default();
    let _recording = recorder.record_here();
    let run = format!(" task.run_id={}", request.run.id);
    PROBE.attempt(&supabase(), request).await;
    let lines = recorder.lines();
    assert!(lines.iter().all(|line| line.contains(&run)), "{lines:?}");
    lines
        .into_iter()
        .map(|line| line.replace(&run, ""))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_logged_with_its_error_and_what_comes_next() {
    let failed = |number, act| logged(request(number, user(), act));
    let first = "WARN an attempt failed: the next attempt is in 2s task.id=execute-probe \
                 attempt=1 max_attempts=3 error=the secret plan is not there";
    assert_eq!(failed(1, Act::Fail).await, [first]);
    let last = "WARN an attempt failed: no attempt is left: the run is FAILED \
                task.id=execute-probe attempt=3 max_attempts=3 error=the secret plan is not there";
    assert_eq!(failed(3, Act::Fail).await, [last]);
    let abort = "WARN an attempt failed: it is not retried: the run is FAILED \
                 task.id=execute-probe attempt=1 max_attempts=3 error=never";
    assert_eq!(failed(1, Act::Abort).await, [abort]);
    let lines = failed(1, Act::Hang).await;
    let start = "WARN an attempt failed: the run is TIMED_OUT, not retried task.id=execute-probe \
                 attempt=1 max_attempts=3 error=task `execute-probe` took longer";
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with(start), "{lines:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_done_is_logged_in_one_line_without_its_output() {
    let lines = logged(request(2, user(), Act::Return("the answer".into()))).await;
    let line = "INFO the run is COMPLETED task.id=execute-probe status=COMPLETED attempt=2 \
                duration_ms=1500";
    assert_eq!(lines, [line]);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_was_told_to_end_is_logged_as_such() {
    let told = request(1, user(), Act::Hang);
    told.stop.cancel();
    let line = "DEBUG the attempt was interrupted, and does not count task.id=execute-probe \
                attempt=1 duration_ms=0";
    assert_eq!(logged(told).await, [line]);

    let mut late = request(1, user(), Act::Return(Value::Null));
    late.stop.cancel();
    late.grace = Duration::from_secs(9);
    let lines = logged(late).await;
    assert_eq!(lines.len(), 1);
    // The run may have been cancelled, and then it is not completed.
    assert!(
        lines[0].starts_with("INFO the attempt completed after"),
        "{lines:?}"
    );
    assert!(!lines[0].contains("status="), "{lines:?}");
}

/// A task whose attempts may take the longest possible `Duration`.
struct Endless;

impl Task for Endless {
    const ID: &'static str = "endless-probe";
    const OPTIONS: TaskOptions = TaskOptions::new().max_duration(Duration::MAX);
    type Auth = User;
    type Payload = Probe;
    type Return = TaskResult<u8>;

    fn identity(payload: &Probe) -> UserId {
        payload.user_id
    }

    async fn call(_: TaskRequest<User>, _: Probe) -> TaskResult<Self::Return> {
        Ok(Ok(7))
    }
}

#[tokio::test(start_paused = true)]
async fn a_max_duration_beyond_all_clocks_is_no_limit() {
    let payload = Probe {
        user_id: user(),
        act: Act::Hang,
    };
    assert_eq!(Endless::run(&supabase(), payload).await.unwrap(), 7);
    let entry = TaskEntry::of::<Endless>(file!(), line!());
    let mut request = request(1, user(), Act::Hang);
    request.grace = Duration::MAX;
    let verdict = entry.attempt(&supabase(), request).await;
    assert!(matches!(verdict, Verdict::Completed(_)), "{verdict:?}");
}

#[test]
fn a_wait_is_never_longer_than_a_year_whoever_asks_for_it() {
    let context = context(1);
    let failed = TaskError::retry("no");
    let wait = |error: &TaskError, decision| next::<ProbeTask>(&context, error, decision);
    let policy = RetryPolicy::new().min(Duration::MAX).max(Duration::MAX);
    for decision in [
        CatchError::RetryAfter(Duration::MAX),
        CatchError::RetryAt(SystemTime::now() + 2 * LONGEST),
        CatchError::Retry(policy),
    ] {
        assert_eq!(wait(&failed, decision), Some(LONGEST), "{decision:?}");
    }
    let past = CatchError::RetryAt(SystemTime::UNIX_EPOCH);
    assert_eq!(wait(&failed, past), Some(Duration::ZERO));
    let far = TaskError::retry_after(Duration::MAX, "later");
    assert_eq!(wait(&far, CatchError::Default), Some(LONGEST));
    let near = TaskError::retry_after(Duration::from_secs(9), "later");
    let near = wait(&near, CatchError::Default);
    assert_eq!(near, Some(Duration::from_secs(9)));
}

proptest! {
    #[test]
    fn no_policy_of_a_hook_makes_a_wait_longer_than_a_year(
        factor in any::<u64>(),
        min in any::<Duration>(),
        max in any::<Duration>(),
        attempt in 1_u32..3,
    ) {
        let policy = RetryPolicy::new().factor(f64::from_bits(factor)).min(min).max(max);
        let error = TaskError::retry("no");
        let after = next::<ProbeTask>(&context(attempt), &error, CatchError::Retry(policy));
        prop_assert!(after.is_some_and(|after| after <= LONGEST));
    }
}
