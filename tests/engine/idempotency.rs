//! Idempotency keys: one run per key, and when a key can be used again.

use std::time::Duration;

use supabase_task::RunStatus;
use supabase_task::engine::TriggerOptions;
use supabase_task::prelude::*;

use crate::support::{Engine, on_both_engines, soon, time_to_live_is_over};
use crate::tasks::{Misdeed, echo, flaky, gated, misbehave, note};

on_both_engines!(
    a_key_that_is_known_gives_the_run_that_is_there,
    a_key_is_of_one_task,
    a_key_twice_in_a_batch_is_one_run,
    a_run_that_completed_or_was_cancelled_keeps_its_key,
    a_run_that_failed_gives_its_key_back,
    a_run_that_expired_or_took_too_long_gives_its_key_back,
    a_key_is_free_after_its_time,
);

async fn a_key_that_is_known_gives_the_run_that_is_there(engine: Engine) {
    let first = echo::trigger(&engine.queue, 1)
        .idempotency_key("a")
        .await
        .unwrap();
    let second = echo::trigger(&engine.queue, 2)
        .idempotency_key("a")
        .await
        .unwrap();
    let other = echo::trigger(&engine.queue, 3)
        .idempotency_key("b")
        .await
        .unwrap();
    assert!(!first.is_cached() && second.is_cached() && !other.is_cached());
    assert_eq!(second.id(), first.id());
    assert_ne!(other.id(), first.id());
    let run = first.retrieve().await.unwrap();
    assert_eq!(run.idempotency_key.as_deref(), Some("a"));
    let _worker = engine.start();
    // The payload is that of the first.
    assert_eq!(soon(second.wait()).await.unwrap(), 1);
}

async fn a_key_is_of_one_task(engine: Engine) {
    let echo = echo::trigger(&engine.queue, 1)
        .idempotency_key("a")
        .await
        .unwrap();
    let note = note::trigger(&engine.queue, "n".to_owned()).idempotency_key("a");
    let note = note.await.unwrap();
    assert!(!note.is_cached());
    assert_ne!(note.id(), echo.id());
}

async fn a_key_twice_in_a_batch_is_one_run(engine: Engine) {
    let keyed = |key: &str| TriggerOptions::new().idempotency_key(key);
    let items = [(1, keyed("a")), (2, keyed("b")), (3, keyed("a"))];
    let handles = echo::trigger_batch_with(&engine.queue, items)
        .await
        .unwrap();
    let cached: Vec<_> = handles.iter().map(|handle| handle.is_cached()).collect();
    assert_eq!(cached, [false, false, true]);
    assert_eq!(handles[2].id(), handles[0].id());
}

async fn a_run_that_completed_or_was_cancelled_keeps_its_key(engine: Engine) {
    let trigger = |payload, key| echo::trigger(&engine.queue, payload).idempotency_key(key);
    let cancelled = trigger(1, "cancelled").await.unwrap();
    cancelled.cancel().await.unwrap();
    let _worker = engine.start();
    let completed = trigger(2, "completed").await.unwrap();
    soon(completed.wait()).await.unwrap();
    for (handle, key) in [(cancelled, "cancelled"), (completed, "completed")] {
        let again = trigger(3, key).await.unwrap();
        assert!(again.is_cached());
        assert_eq!(again.id(), handle.id());
    }
}

async fn a_run_that_failed_gives_its_key_back(engine: Engine) {
    let trigger = |failures| {
        flaky::trigger(&engine.queue, failures)
            .idempotency_key("a")
            .max_attempts(1)
    };
    let failing = trigger(9).await.unwrap();
    assert!(trigger(0).await.unwrap().is_cached());
    let _worker = engine.start();
    assert_eq!(
        engine.finished(failing.id()).await.status,
        RunStatus::Failed
    );
    let again = trigger(0).await.unwrap();
    assert!(!again.is_cached());
    assert_eq!(soon(again.wait()).await.unwrap(), 1);
    assert_eq!(failing.status().await.unwrap(), RunStatus::Failed);
}

async fn a_run_that_expired_or_took_too_long_gives_its_key_back(engine: Engine) {
    let trigger = || gated::trigger(&engine.queue, "a".to_owned()).idempotency_key("a");
    let expiring = trigger().ttl(Duration::from_millis(10)).await.unwrap();
    time_to_live_is_over(&engine, expiring.id()).await;
    let worker = engine.start();
    let run = engine.finished(expiring.id()).await;
    assert_eq!(run.status, RunStatus::Expired);
    assert!(!trigger().await.unwrap().is_cached());
    engine.gate.open(1);
    soon(worker.shutdown()).await.unwrap();

    let trigger = || misbehave::trigger(&engine.queue, Misdeed::Hang).idempotency_key("a");
    let _worker = engine.worker().tasks(["misbehave"]).start().unwrap();
    let slow = trigger().await.unwrap();
    assert_eq!(engine.finished(slow.id()).await.status, RunStatus::TimedOut);
    assert!(!trigger().await.unwrap().is_cached());
}

async fn a_key_is_free_after_its_time(engine: Engine) {
    let ttl = Duration::from_millis(20);
    let trigger = || {
        echo::trigger(&engine.queue, 1)
            .idempotency_key("a")
            .idempotency_ttl(ttl)
    };
    let first = trigger().await.unwrap();
    let second = soon(async {
        loop {
            let second = trigger().await.unwrap();
            if !second.is_cached() {
                return second;
            }
            assert_eq!(second.id(), first.id());
        }
    });
    assert_ne!(second.await.id(), first.id());
}
