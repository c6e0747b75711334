//! Runs that are not due yet, and runs that have expired.

use std::time::{Duration, SystemTime};

use supabase_task::prelude::*;
use supabase_task::{QueueError, RunStatus};

use crate::support::{Engine, on_both_engines, soon, time_to_live_is_over};
use crate::tasks::{echo, gated, note};

on_both_engines!(
    a_delayed_run_begins_when_its_time_has_come,
    a_run_can_be_given_the_time_it_begins,
    a_time_that_has_passed_is_now,
    a_delayed_run_can_be_moved,
    what_is_not_delayed_cannot_be_moved,
    a_run_that_nobody_starts_in_time_expires,
    the_time_to_live_of_a_task_can_be_overridden,
    a_run_that_was_started_in_time_does_not_expire,
);

const HOUR: Duration = Duration::from_secs(3_600);

async fn a_delayed_run_begins_when_its_time_has_come(engine: Engine) {
    let _worker = engine.start();
    let delay = Duration::from_millis(150);
    let handle = echo::trigger(&engine.queue, 1).delay(delay).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
    let run = handle.retrieve().await.unwrap();
    let waited = (run.started_at.unwrap() - run.created_at).to_std().unwrap();
    assert!(waited >= delay, "{waited:?}");
    assert!(run.run_at <= run.started_at.unwrap());
}

async fn a_run_can_be_given_the_time_it_begins(engine: Engine) {
    let _worker = engine.start();
    let time = SystemTime::now() + HOUR;
    let handle = echo::trigger(&engine.queue, 1).run_at(time).await.unwrap();
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.status, RunStatus::Delayed);
    let difference = SystemTime::from(run.run_at).duration_since(time);
    // Postgres stores microseconds.
    let difference = difference.unwrap_or_else(|earlier| earlier.duration());
    assert!(difference < Duration::from_micros(2), "{difference:?}");
}

async fn a_time_that_has_passed_is_now(engine: Engine) {
    let _worker = engine.start();
    let time = SystemTime::now() - HOUR;
    let handle = echo::trigger(&engine.queue, 1).run_at(time).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
}

async fn a_delayed_run_can_be_moved(engine: Engine) {
    let _worker = engine.start();
    let handle = echo::trigger(&engine.queue, 1).delay(HOUR).await.unwrap();
    let time = SystemTime::now() + 2 * HOUR;
    let run = handle.reschedule(time).await.unwrap();
    assert_eq!(run.status, RunStatus::Delayed);
    assert!(SystemTime::from(run.run_at) > SystemTime::now() + HOUR);
    handle.reschedule(SystemTime::now()).await.unwrap();
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
}

async fn what_is_not_delayed_cannot_be_moved(engine: Engine) {
    let handle = echo::trigger(&engine.queue, 1).await.unwrap();
    let time = SystemTime::now() + HOUR;
    let error = handle.reschedule(time).await.unwrap_err();
    assert!(matches!(
        error,
        QueueError::WrongStatus {
            status: RunStatus::Queued,
            ..
        }
    ));
    assert!(error.to_string().contains("only a delayed run"), "{error}");
    let _worker = engine.start();
    soon(handle.wait()).await.unwrap();
    let error = handle.reschedule(time).await.unwrap_err();
    assert!(matches!(
        error,
        QueueError::WrongStatus {
            status: RunStatus::Completed,
            ..
        }
    ));
}

async fn a_run_that_nobody_starts_in_time_expires(engine: Engine) {
    let ttl = Duration::from_millis(20);
    let expiring = note::trigger(&engine.queue, "late".to_owned()).ttl(ttl);
    let expiring = expiring.await.unwrap();
    let lasting = note::trigger(&engine.queue, "lasting".to_owned())
        .await
        .unwrap();
    time_to_live_is_over(&engine, expiring.id()).await;
    // A worker that starts later does not run it.
    let _worker = engine.start();
    let run = engine.finished(expiring.id()).await;
    assert_eq!(run.status, RunStatus::Expired);
    assert!(run.attempts.is_empty() && run.started_at.is_none());
    assert!(run.finished_at.unwrap() >= run.expires_at.unwrap());
    soon(lasting.wait()).await.unwrap();
    assert_eq!(engine.log.lines(), ["lasting"]);
}

#[supabase_task(auth = "service", ttl = "20ms")]
async fn perishable(_payload: (), _supabase: ServiceClient) -> TaskResult<()> {
    Ok(())
}

async fn the_time_to_live_of_a_task_can_be_overridden(engine: Engine) {
    let own = perishable::trigger(&engine.queue, ()).await.unwrap();
    let never = perishable::trigger(&engine.queue, ()).ttl(Duration::ZERO);
    let never = never.await.unwrap();
    time_to_live_is_over(&engine, own.id()).await;
    let _worker = engine.start();
    assert_eq!(engine.finished(own.id()).await.status, RunStatus::Expired);
    soon(never.wait()).await.unwrap();
    assert_eq!(never.retrieve().await.unwrap().expires_at, None);
}

async fn a_run_that_was_started_in_time_does_not_expire(engine: Engine) {
    let _worker = engine.start();
    // Waits until the worker has started.
    let first = echo::trigger(&engine.queue, 1).await.unwrap();
    soon(first.wait()).await.unwrap();
    let ttl = Duration::from_millis(400);
    let gated = gated::trigger(&engine.queue, "a".to_owned())
        .ttl(ttl)
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    let other = echo::trigger(&engine.queue, 1).delay(ttl).await.unwrap();
    soon(other.wait()).await.unwrap();
    assert_eq!(gated.status().await.unwrap(), RunStatus::Executing);
    engine.gate.open(1);
    assert_eq!(soon(gated.wait()).await.unwrap(), 1);
}
