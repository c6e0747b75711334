//! Runs without a history: all of them is in their tickets, until something goes wrong.

use supabase_task::engine::AttemptOutcome::{Completed, Crashed, Interrupted};
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;
use supabase_task::{Queue, QueueError, RunStatus};

use crate::stage::{Stage, TAKEOVER, outcomes, until};
use crate::tasks::{Work, hold, limited, step};

async fn without_history(stage: &Stage) -> Queue {
    PostgresOptions::new(&stage.url)
        .takeover(TAKEOVER)
        .history(false)
        .connect()
        .await
        .unwrap()
}

#[tokio::test]
async fn nothing_is_left_of_runs_that_succeed() {
    let stage = Stage::new().await;
    let queue = without_history(&stage).await;
    let handles = step::trigger_batch(&queue, 0..50).await.unwrap();
    let worker = stage.worker().start().unwrap();
    until("all have run", || async {
        let begun: i64 = stage
            .scalar("select count(distinct run) from stage.marks")
            .await;
        let tickets: i64 = stage
            .scalar("select count(*) from graphile_worker._private_jobs")
            .await;
        (begun == 50 && tickets == 0).then_some(())
    })
    .await;
    let kept: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(kept, 0);
    let error = handles[0].retrieve().await.unwrap_err();
    assert!(matches!(error, QueueError::NoSuchRun(_)), "{error}");
    assert!(error.to_string().contains("without history"), "{error}");
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_crash_gives_it_a_history() {
    let stage = Stage::new().await;
    let queue = without_history(&stage).await;
    let mut first = stage.process();
    let run = hold::trigger(&queue, "gate".to_owned())
        .tags(["kept"])
        .await
        .unwrap()
        .id();
    stage.marked(run, "begun", 1).await;
    first.kill().await;

    let second = stage.worker().start().unwrap();
    stage.marked(run, "begun", 2).await;
    stage.open("gate").await;
    let run = stage.finished(run).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(outcomes(&run), [(1, Crashed), (2, Completed)]);
    assert_eq!(run.tags, ["kept"]);
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_is_handed_back_has_a_history_and_is_not_charged() {
    let stage = Stage::new().await;
    let queue = without_history(&stage).await;
    let first = stage
        .worker()
        .drain(std::time::Duration::from_millis(50))
        .grace(std::time::Duration::from_millis(50))
        .start()
        .unwrap();
    let run = hold::trigger(&queue, "gate".to_owned()).await.unwrap().id();
    stage.marked(run, "begun", 1).await;
    first.shutdown().await.unwrap();

    let second = stage.worker().start().unwrap();
    stage.open("gate").await;
    let run = stage.finished(run).await;
    assert_eq!(outcomes(&run), [(1, Interrupted), (1, Completed)]);
    assert!(run.created_at <= run.started_at.unwrap());
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn runs_of_a_queue_with_a_limit_are_kept() {
    let stage = Stage::new().await;
    let queue = without_history(&stage).await;
    let worker = stage.worker().start().unwrap();
    // The worker says which queues have a limit, when it starts.
    until("the queue is known", || async {
        let queues: i64 = stage
            .scalar("select count(*) from supabase_task.queues where name = 'limited'")
            .await;
        (queues == 1).then_some(())
    })
    .await;
    let work = Work {
        key: "a".to_owned(),
        milliseconds: 1,
    };
    let handle = limited::trigger(&queue, work).await.unwrap();
    handle.wait().await.unwrap();
    assert_eq!(handle.status().await.unwrap(), RunStatus::Completed);
    worker.shutdown().await.unwrap();
}

/// graphile_worker logs the jobs it works on. All of such a run is in its job.
#[tokio::test]
async fn payloads_are_not_logged() {
    let stage = Stage::new().await;
    let queue = without_history(&stage).await;
    let worker = stage.process_with(&[("RUST_LOG", "debug")]);
    let gate = "oyster-in-the-payload";
    let run = hold::trigger(&queue, gate.to_owned()).await.unwrap().id();
    stage.marked(run, "begun", 1).await;
    stage.open(gate).await;
    until("its ticket is used up", || async {
        let tickets: i64 = stage
            .scalar("select count(*) from graphile_worker._private_jobs")
            .await;
        (tickets == 0).then_some(())
    })
    .await;
    let log = worker.log();
    assert!(log.contains("DEBUG graphile_worker"), "{log}");
    assert!(!log.contains(gate), "{log}");
}
