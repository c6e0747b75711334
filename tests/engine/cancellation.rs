//! Runs that are cancelled: before, while and after they run.

use std::time::Duration;

use supabase_task::RunStatus;
use supabase_task::engine::AttemptOutcome;
use supabase_task::prelude::*;

use crate::support::{Engine, on_both_engines, soon, status_of};
use crate::tasks::{echo, gated, note, obedient, stubborn};

on_both_engines!(
    a_queued_run_never_begins,
    a_delayed_run_never_begins,
    a_running_task_is_told,
    a_task_that_does_not_listen_is_dropped_after_the_grace,
    a_task_that_ends_in_its_grace_leaves_the_run_cancelled,
    a_run_that_is_over_stays_as_it_is,
    between_attempts_it_ends_the_run,
    who_waits_is_told_at_once,
);

async fn a_queued_run_never_begins(engine: Engine) {
    let cancelled = note::trigger(&engine.queue, "cancelled".to_owned())
        .await
        .unwrap();
    let other = note::trigger(&engine.queue, "other".to_owned())
        .await
        .unwrap();
    let run = cancelled.cancel().await.unwrap();
    assert_eq!(run.status, RunStatus::Canceled);
    assert!(run.finished_at.is_some() && run.attempts.is_empty());
    let _worker = engine.worker().concurrency(1).start().unwrap();
    soon(other.wait()).await.unwrap();
    assert_eq!(engine.log.lines(), ["other"]);
    assert_eq!(status_of(soon(cancelled.wait()).await), RunStatus::Canceled);
}

async fn a_delayed_run_never_begins(engine: Engine) {
    let delay = Duration::from_millis(30);
    let cancelled = note::trigger(&engine.queue, "cancelled".to_owned()).delay(delay);
    let cancelled = cancelled.await.unwrap();
    cancelled.cancel().await.unwrap();
    let _worker = engine.start();
    let other = note::trigger(&engine.queue, "other".to_owned()).delay(2 * delay);
    soon(other.await.unwrap().wait()).await.unwrap();
    assert_eq!(engine.log.lines(), ["other"]);
}

async fn a_running_task_is_told(engine: Engine) {
    let _worker = engine
        .worker()
        .grace(Duration::from_secs(20))
        .start()
        .unwrap();
    let handle = obedient::trigger(&engine.queue, "a".to_owned())
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    let run = handle.cancel().await.unwrap();
    assert_eq!(run.status, RunStatus::Canceled);
    engine.log.has("a is told").await;
    // Its result no longer changes anything.
    let run = engine
        .eventually(handle.id(), |run| !run.attempts.is_empty())
        .await;
    assert_eq!(run.status, RunStatus::Canceled);
    assert_eq!(run.attempts.len(), 1);
    assert_eq!(run.attempts[0].outcome, AttemptOutcome::Canceled);
}

async fn a_task_that_does_not_listen_is_dropped_after_the_grace(engine: Engine) {
    let _worker = engine.worker().concurrency(1).start().unwrap();
    let handle = stubborn::trigger(&engine.queue, "a".to_owned())
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    let run = handle.cancel().await.unwrap();
    assert_eq!(run.status, RunStatus::Canceled);
    engine.log.has("a is dropped").await;
    // Its slot is free again.
    let other = echo::trigger(&engine.queue, 1).await.unwrap();
    assert_eq!(soon(other.wait()).await.unwrap(), 1);
    assert_eq!(handle.status().await.unwrap(), RunStatus::Canceled);
}

async fn a_task_that_ends_in_its_grace_leaves_the_run_cancelled(engine: Engine) {
    let _worker = engine
        .worker()
        .grace(Duration::from_secs(20))
        .start()
        .unwrap();
    let handle = gated::trigger(&engine.queue, "a".to_owned()).await.unwrap();
    engine.gate.arrived(1).await;
    handle.cancel().await.unwrap();
    engine.gate.open(1);
    engine.log.has("a ends").await;
    let run = engine
        .eventually(handle.id(), |run| !run.attempts.is_empty())
        .await;
    assert_eq!(run.status, RunStatus::Canceled);
    assert!(run.output.is_none());
}

async fn a_run_that_is_over_stays_as_it_is(engine: Engine) {
    let _worker = engine.start();
    let handle = echo::trigger(&engine.queue, 1).await.unwrap();
    soon(handle.wait()).await.unwrap();
    let run = handle.cancel().await.unwrap();
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
}

#[supabase_task(auth = "service", retry(min = "300ms", max = "300ms", jitter = false))]
async fn always_fails(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Err(TaskError::retry("no"))
}

async fn between_attempts_it_ends_the_run(engine: Engine) {
    let _worker = engine.start();
    let handle = always_fails::trigger(&engine.queue, ()).await.unwrap();
    engine
        .eventually(handle.id(), |run| run.attempts.len() == 1)
        .await;
    handle.cancel().await.unwrap();
    let later = echo::trigger(&engine.queue, 1).delay(Duration::from_millis(400));
    soon(later.await.unwrap().wait()).await.unwrap();
    let run = handle.retrieve().await.unwrap();
    assert_eq!((run.status, run.attempts.len()), (RunStatus::Canceled, 1));
}

async fn who_waits_is_told_at_once(engine: Engine) {
    let _worker = engine
        .worker()
        .grace(Duration::from_secs(20))
        .start()
        .unwrap();
    let handle = gated::trigger(&engine.queue, "a".to_owned()).await.unwrap();
    engine.gate.arrived(1).await;
    let waiting = tokio::spawn({
        let handle = handle.clone();
        async move { soon(handle.wait()).await }
    });
    handle.cancel().await.unwrap();
    // The task itself still waits at the gate.
    assert_eq!(status_of(waiting.await.unwrap()), RunStatus::Canceled);
    engine.gate.open(1);
}
