//! Draining after SIGTERM.

use std::time::{Duration, Instant};

use supabase_task::RunStatus;
use supabase_task::engine::AttemptOutcome::{Completed, Interrupted};
use supabase_task::prelude::*;

use crate::stage::{Stage, outcomes, until};
use crate::tasks::{hold, note};

#[tokio::test]
async fn what_ends_in_time_ends() {
    let stage = Stage::new().await;
    let mut worker = stage.process_with(&[("ENGINE_DRAIN_MS", "20000")]);
    let run = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap()
        .id();
    stage.marked(run, "begun", 1).await;
    worker.signal("TERM").await;
    until("it drains", || async {
        worker.log().contains("SIGTERM").then_some(())
    })
    .await;
    stage.open("gate").await;

    assert!(worker.ended().await.success(), "{}", worker.log());
    let run = stage.run(run).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(outcomes(&run), [(1, Completed)]);
    let left: i64 = stage
        .scalar("select count(*) from supabase_task.workers")
        .await;
    assert_eq!(left, 0, "it signed off");
}

#[tokio::test]
async fn what_does_not_end_is_handed_back_and_not_counted() {
    let stage = Stage::new().await;
    let mut worker = stage.process_with(&[("ENGINE_DRAIN_MS", "300"), ("ENGINE_CONCURRENCY", "2")]);
    let held = hold::trigger_batch(&stage.queue, vec!["gate".to_owned(); 2])
        .await
        .unwrap();
    for run in &held {
        stage.marked(run.id(), "begun", 1).await;
    }
    // These runs cannot start.
    let waiting = note::trigger_batch(&stage.queue, 0..6).await.unwrap();
    stage.workers_are_heard().await;

    worker.signal("TERM").await;
    let told = Instant::now();
    assert!(worker.ended().await.success(), "{}", worker.log());
    println!("it ended {:?} after it was told", told.elapsed());
    // 300 ms to drain, 200 ms of grace, and whatever the machine adds.
    assert!(told.elapsed() < Duration::from_secs(10));

    let free: i64 = stage
        .scalar("select count(*) from supabase_task_jobs.jobs where locked_at is null")
        .await;
    assert_eq!(free, 8, "nothing waits for a takeover");
    let workers: i64 = stage
        .scalar("select count(*) from supabase_task.workers")
        .await;
    assert_eq!(workers, 0, "it signed off");
    for run in &held {
        let run = stage.run(run.id()).await;
        assert_eq!(run.status, RunStatus::Queued);
        assert_eq!(outcomes(&run), [(1, Interrupted)]);
    }

    stage.open("gate").await;
    let other = stage.worker().start().unwrap();
    for run in &held {
        let run = stage.finished(run.id()).await;
        assert_eq!(run.status, RunStatus::Completed);
        assert_eq!(outcomes(&run), [(1, Interrupted), (1, Completed)]);
    }
    for run in &waiting {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    other.shutdown().await.unwrap();
}

/// A worker that is told to stop has tickets in every stage.
#[tokio::test]
async fn what_is_on_its_way_goes_back_and_is_not_charged() {
    const RUNS: usize = 600;
    let stage = Stage::new().await;
    let runs = note::trigger_batch(&stage.queue, 0..RUNS as u64)
        .await
        .unwrap();
    let mut before = 0;
    while before < RUNS as i64 {
        let mut worker = stage.process_with(&[("ENGINE_CONCURRENCY", "50")]);
        until("it completes some", || async {
            (completed(&stage).await > before).then_some(())
        })
        .await;
        worker.signal("TERM").await;
        assert!(worker.ended().await.success(), "{}", worker.log());
        before = completed(&stage).await;
        let free: i64 = stage
            .scalar("select count(*) from supabase_task_jobs.jobs where locked_at is null")
            .await;
        assert_eq!(before + free, RUNS as i64, "{}", worker.log());
        let workers: i64 = stage
            .scalar("select count(*) from supabase_task.workers")
            .await;
        assert_eq!(workers, 0, "it signed off");
        println!("{before} runs are completed, {free} wait");
    }
    let last = stage.worker().start().unwrap();
    for run in &runs {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    last.shutdown().await.unwrap();
}

async fn completed(stage: &Stage) -> i64 {
    stage
        .scalar("select count(*) from supabase_task.runs where status = 'COMPLETED'")
        .await
}
