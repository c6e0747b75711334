//! The order in which runs are started.

use std::time::Duration;

use supabase_task::prelude::*;

use crate::support::{Engine, Log, on_both_engines, soon};
use crate::tasks::note;

on_both_engines!(
    the_first_triggered_is_the_first_started,
    priority_is_seconds_ahead_of_others,
    the_priority_of_a_task_can_be_overridden,
    a_run_that_was_delayed_is_as_old_as_the_time_it_was_due,
);

async fn the_first_triggered_is_the_first_started(engine: Engine) {
    let labels: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    let mut last = None;
    for label in &labels {
        last = Some(note::trigger(&engine.queue, label.clone()).await.unwrap());
    }
    let _worker = engine.worker().concurrency(1).start().unwrap();
    soon(last.unwrap().wait()).await.unwrap();
    assert_eq!(engine.log.lines(), labels);
}

async fn priority_is_seconds_ahead_of_others(engine: Engine) {
    let mut handles = Vec::new();
    for (label, priority) in [("plain", 0), ("low", 30), ("high", 60), ("higher", 120)] {
        let trigger = note::trigger(&engine.queue, label.to_owned());
        handles.push(trigger.priority(priority).await.unwrap());
    }
    let _worker = engine.worker().concurrency(1).start().unwrap();
    for handle in handles {
        soon(handle.wait()).await.unwrap();
    }
    assert_eq!(engine.log.lines(), ["higher", "high", "low", "plain"]);
}

#[supabase_task(auth = "service", priority = 60)]
async fn urgent(label: String, _supabase: ServiceClient, log: State<Log>) -> TaskResult<()> {
    log.write(label);
    Ok(())
}

async fn the_priority_of_a_task_can_be_overridden(engine: Engine) {
    let queue = &engine.queue;
    let plain = note::trigger(queue, "plain".to_owned()).await.unwrap();
    let urgent_one = urgent::trigger(queue, "urgent".to_owned()).await.unwrap();
    let trigger = urgent::trigger(queue, "not urgent".to_owned()).priority(0);
    let other = trigger.await.unwrap();
    assert_eq!(urgent_one.retrieve().await.unwrap().priority, 60);
    let _worker = engine.worker().concurrency(1).start().unwrap();
    soon(plain.wait()).await.unwrap();
    soon(urgent_one.wait()).await.unwrap();
    soon(other.wait()).await.unwrap();
    assert_eq!(engine.log.lines(), ["urgent", "plain", "not urgent"]);
}

async fn a_run_that_was_delayed_is_as_old_as_the_time_it_was_due(engine: Engine) {
    let queue = &engine.queue;
    let delay = Duration::from_millis(500);
    let delayed = note::trigger(queue, "delayed".to_owned()).delay(delay);
    let delayed = delayed.await.unwrap();
    let plain = note::trigger(queue, "plain".to_owned()).await.unwrap();
    // Both are due before there is a worker.
    engine
        .eventually(delayed.id(), |run| {
            run.status == supabase_task::RunStatus::Queued
        })
        .await;
    let _worker = engine.worker().concurrency(1).start().unwrap();
    soon(delayed.wait()).await.unwrap();
    soon(plain.wait()).await.unwrap();
    assert_eq!(engine.log.lines(), ["plain", "delayed"]);
}
