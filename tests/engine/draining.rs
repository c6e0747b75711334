//! Workers that are stopped while runs are in progress.

use std::time::Duration;

use supabase_task::RunStatus;
use supabase_task::engine::{AttemptOutcome, Run};
use supabase_task::prelude::*;

use crate::support::{Engine, on_both_engines, soon};
use crate::tasks::{echo, gated, obedient, stubborn};

on_both_engines!(
    a_worker_without_work_stops_at_once,
    what_runs_may_end_and_nothing_new_begins,
    what_does_not_end_in_time_is_handed_back,
    a_task_that_listens_is_handed_back_and_did_not_fail,
    a_worker_can_be_told_by_a_future,
    a_worker_that_is_dropped_drains_too,
);

fn attempts(run: &Run) -> Vec<(u32, AttemptOutcome)> {
    let attempts = run.attempts.iter();
    attempts
        .map(|attempt| (attempt.number, attempt.outcome))
        .collect()
}

async fn a_worker_without_work_stops_at_once(engine: Engine) {
    let worker = engine
        .worker()
        .drain(Duration::from_secs(60))
        .start()
        .unwrap();
    let handle = echo::trigger(&engine.queue, 1).await.unwrap();
    soon(handle.wait()).await.unwrap();
    soon(worker.shutdown()).await.unwrap();
}

async fn what_runs_may_end_and_nothing_new_begins(engine: Engine) {
    let worker = engine.worker().concurrency(1).start().unwrap();
    let running = gated::trigger(&engine.queue, "a".to_owned()).await.unwrap();
    let waiting = gated::trigger(&engine.queue, "b".to_owned()).await.unwrap();
    engine.gate.arrived(1).await;
    // Polled in this order: the worker is told to stop before the gate opens.
    let open = async { engine.gate.open(1) };
    let (stopped, ()) = tokio::join!(biased; soon(worker.shutdown()), open);
    stopped.unwrap();
    assert_eq!(running.status().await.unwrap(), RunStatus::Completed);
    assert_eq!(waiting.status().await.unwrap(), RunStatus::Queued);
    assert_eq!(engine.log.lines(), ["a begins", "a ends"]);
}

async fn what_does_not_end_in_time_is_handed_back(engine: Engine) {
    let short = Duration::from_millis(30);
    let worker = engine.worker().drain(short).grace(short).start().unwrap();
    let handle = stubborn::trigger(&engine.queue, "a".to_owned())
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    soon(worker.shutdown()).await.unwrap();
    assert_eq!(engine.log.lines(), ["a is dropped"]);
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.status, RunStatus::Queued);
    assert_eq!(attempts(&run), [(1, AttemptOutcome::Interrupted)]);
    assert!(run.finished_at.is_none());
    // Another worker repeats the same attempt, although the task allows only one.
    engine.gate.open(1);
    let _other = engine.start();
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
    let run = handle.retrieve().await.unwrap();
    let expected = [
        (1, AttemptOutcome::Interrupted),
        (1, AttemptOutcome::Completed),
    ];
    assert_eq!(attempts(&run), expected);
}

async fn a_task_that_listens_is_handed_back_and_did_not_fail(engine: Engine) {
    let worker = engine
        .worker()
        .drain(Duration::ZERO)
        .grace(Duration::from_secs(20))
        .start()
        .unwrap();
    let handle = obedient::trigger(&engine.queue, "a".to_owned())
        .await
        .unwrap();
    engine.gate.arrived(1).await;
    soon(worker.shutdown()).await.unwrap();
    assert_eq!(engine.log.lines(), ["a begins", "a is told"]);
    let run = handle.retrieve().await.unwrap();
    assert_eq!(run.status, RunStatus::Queued);
    assert_eq!(attempts(&run), [(1, AttemptOutcome::Interrupted)]);
    engine.gate.open(1);
    let _other = engine.start();
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
}

async fn a_worker_can_be_told_by_a_future(engine: Engine) {
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let worker = engine.worker();
    let working = tokio::spawn(worker.run_until(async {
        let _ = told.await;
    }));
    let handle = echo::trigger(&engine.queue, 1).await.unwrap();
    soon(handle.wait()).await.unwrap();
    tell.send(()).unwrap();
    soon(working).await.unwrap().unwrap();
}

async fn a_worker_that_is_dropped_drains_too(engine: Engine) {
    let worker = engine.start();
    let handle = gated::trigger(&engine.queue, "a".to_owned()).await.unwrap();
    engine.gate.arrived(1).await;
    drop(worker);
    engine.gate.open(1);
    assert_eq!(soon(handle.wait()).await.unwrap(), 1);
}
