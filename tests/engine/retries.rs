//! Attempts: how many there are, when they start, and how each one ended.

use std::time::Duration;

use supabase_task::RunStatus;
use supabase_task::engine::{AttemptOutcome, Run};
use supabase_task::prelude::*;

use crate::support::{Engine, on_both_engines, soon, status_of};
use crate::tasks::{LATER, Misdeed, echo, flaky, misbehave};

on_both_engines!(
    a_run_that_succeeds_has_one_attempt,
    a_failed_attempt_is_made_again_after_the_policys_time,
    after_the_last_attempt_the_run_is_failed,
    the_trigger_says_how_many_attempts_there_are,
    without_retry_there_is_one_attempt,
    an_abort_is_not_tried_again,
    an_error_can_say_when_to_try_again,
    a_panic_is_a_failed_attempt,
    what_takes_too_long_is_timed_out_and_not_tried_again,
    between_attempts_it_is_queued_and_holds_no_place,
);

fn outcomes(run: &Run) -> Vec<(u32, AttemptOutcome)> {
    let attempts = run.attempts.iter();
    attempts
        .map(|attempt| (attempt.number, attempt.outcome))
        .collect()
}

/// How long the run waited before each attempt but the first.
fn waits(run: &Run) -> Vec<Duration> {
    let pairs = run.attempts.windows(2);
    pairs
        .map(|pair| (pair[1].started_at - pair[0].ended_at).to_std().unwrap())
        .collect()
}

async fn a_run_that_succeeds_has_one_attempt(engine: Engine) {
    let _worker = engine.start();
    let handle = echo::trigger(&engine.queue, 7).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 7);
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(outcomes(&run), [(1, AttemptOutcome::Completed)]);
    assert_eq!(run.error, None);
    let attempt = &run.attempts[0];
    assert!(attempt.worker.is_some());
    // Postgres stores microseconds for a run, and the measured times for an attempt.
    let started_at = run.started_at.unwrap().timestamp_micros();
    assert_eq!(started_at, attempt.started_at.timestamp_micros());
    assert!(run.created_at <= attempt.started_at);
    assert!(attempt.started_at <= attempt.ended_at);
    let finished_at = run.finished_at.unwrap().timestamp_micros();
    assert!(finished_at >= attempt.ended_at.timestamp_micros());
}

async fn a_failed_attempt_is_made_again_after_the_policys_time(engine: Engine) {
    let _worker = engine.start();
    let handle = flaky::trigger(&engine.queue, 2).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 3);
    let run = handle.retrieve().await.unwrap();
    let expected = [
        (1, AttemptOutcome::Failed),
        (2, AttemptOutcome::Failed),
        (3, AttemptOutcome::Completed),
    ];
    assert_eq!(outcomes(&run), expected);
    assert_eq!(run.attempts[0].error.as_ref().unwrap().message, "failure 1");
    assert_eq!(run.attempts[1].error.as_ref().unwrap().message, "failure 2");
    let waits = waits(&run);
    assert!(waits[0] >= Duration::from_millis(30), "{waits:?}");
    assert!(waits[1] >= Duration::from_millis(60), "{waits:?}");
}

async fn after_the_last_attempt_the_run_is_failed(engine: Engine) {
    let _worker = engine.start();
    let handle = flaky::trigger(&engine.queue, 9).await.unwrap();
    let error = soon(handle.wait()).await.unwrap_err();
    assert!(
        error.to_string().contains("`flaky` is FAILED: failure 3"),
        "{error}"
    );
    let run = handle.retrieve().await.unwrap();
    assert_eq!(
        outcomes(&run),
        [1, 2, 3].map(|n| (n, AttemptOutcome::Failed))
    );
    assert_eq!(run.error.unwrap().message, "failure 3");
    assert!(run.output.is_none());
}

async fn the_trigger_says_how_many_attempts_there_are(engine: Engine) {
    let _worker = engine.start();
    let fewer = flaky::trigger(&engine.queue, 9)
        .max_attempts(1)
        .await
        .unwrap();
    assert_eq!(status_of(soon(fewer.wait()).await), RunStatus::Failed);
    assert_eq!(fewer.retrieve().await.unwrap().attempts.len(), 1);
    let more = flaky::trigger(&engine.queue, 3)
        .max_attempts(4)
        .await
        .unwrap();
    assert_eq!(soon(more.wait()).await.unwrap(), 4);
    assert_eq!(more.retrieve().await.unwrap().max_attempts, 4);
}

#[supabase_task(auth = "service", retry(none))]
async fn once(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Err(TaskError::retry("no"))
}

async fn without_retry_there_is_one_attempt(engine: Engine) {
    let _worker = engine.start();
    let handle = once::trigger(&engine.queue, ()).await.unwrap();
    assert_eq!(status_of(soon(handle.wait()).await), RunStatus::Failed);
    let run = handle.retrieve().await.unwrap();
    assert_eq!((run.max_attempts, run.attempts.len()), (1, 1));
}

async fn an_abort_is_not_tried_again(engine: Engine) {
    let _worker = engine.start();
    let handle = misbehave::trigger(&engine.queue, Misdeed::Abort)
        .await
        .unwrap();
    assert_eq!(status_of(soon(handle.wait()).await), RunStatus::Failed);
    let run = handle.retrieve().await.unwrap();
    assert_eq!(outcomes(&run), [(1, AttemptOutcome::Failed)]);
    assert_eq!(run.error.unwrap().message, "never again");
}

async fn an_error_can_say_when_to_try_again(engine: Engine) {
    let _worker = engine.start();
    let handle = misbehave::trigger(&engine.queue, Misdeed::RetryLater);
    let run = engine.finished(handle.await.unwrap().id()).await;
    let waits = waits(&run);
    assert_eq!(waits.len(), 1);
    assert!(waits[0] >= LATER, "{waits:?}");
}

async fn a_panic_is_a_failed_attempt(engine: Engine) {
    let _worker = engine.start();
    let handle = misbehave::trigger(&engine.queue, Misdeed::Panic);
    let run = engine.finished(handle.await.unwrap().id()).await;
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(outcomes(&run), [1, 2].map(|n| (n, AttemptOutcome::Failed)));
    let message = run.error.unwrap().message;
    assert_eq!(message, "task `misbehave` panicked: boom");
    // The worker keeps working.
    let handle = echo::trigger(&engine.queue, 1).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
}

async fn what_takes_too_long_is_timed_out_and_not_tried_again(engine: Engine) {
    let _worker = engine.start();
    let handle = misbehave::trigger(&engine.queue, Misdeed::Hang);
    let run = engine.finished(handle.await.unwrap().id()).await;
    assert_eq!(run.status, RunStatus::TimedOut);
    assert_eq!(outcomes(&run), [(1, AttemptOutcome::TimedOut)]);
    let message = run.error.unwrap().message;
    assert!(message.contains("max_duration of 200ms"), "{message}");
}

/// Its second attempt is an hour away.
#[supabase_task(auth = "service", retry(min = "1h", max = "1h"))]
async fn patient(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Err(TaskError::retry("in an hour"))
}

async fn between_attempts_it_is_queued_and_holds_no_place(engine: Engine) {
    let _worker = engine.worker().concurrency(1).start().unwrap();
    let patient = patient::trigger(&engine.queue, ()).await.unwrap();
    let run = engine
        .eventually(patient.id(), |run| run.attempts.len() == 1)
        .await;
    assert_eq!(run.status, RunStatus::Queued);
    assert!(run.run_at > run.attempts[0].ended_at);
    let other = echo::trigger(&engine.queue, 1).await.unwrap();
    assert_eq!(soon(other.wait()).await.unwrap(), 1);
}
