//! A worker that is told to stop exits in time, whatever the database does. Others take over its runs.

use std::time::{Duration, Instant};

use supabase_task::RunStatus;
use supabase_task::prelude::*;
use supabase_task::task::RunId;
use supabase_task_tests::TestServer;

use crate::process::WorkerProcess;
use crate::proxy::Proxy;
use crate::stage::{Stage, until};
use crate::tasks::{hold, note, step};

/// The settings of the processes in these tests: a second to drain, 200 ms of grace.
const SETTINGS: [(&str, &str); 2] = [("ENGINE_DRAIN_MS", "1000"), ("ENGINE_CONCURRENCY", "4")];

/// The same, plus the promised margin.
const LONGEST: Duration = Duration::from_millis(1_000 + 200 + 5_000);

/// Two runs that hold their slots, and some that cannot start.
async fn busy(stage: &Stage) -> Vec<RunId> {
    let held = hold::trigger_batch(&stage.queue, vec!["gate".to_owned(); 2])
        .await
        .unwrap();
    let mut runs: Vec<_> = held.iter().map(|run| run.id()).collect();
    for run in &runs {
        stage.marked(*run, "begun", 1).await;
    }
    // These keep the worker busy all the time.
    let steps = step::trigger_batch(&stage.queue, 0..400).await.unwrap();
    runs.extend(steps.iter().map(|run| run.id()));
    until("some are completed", || async {
        (stage.completed().await > 20).then_some(())
    })
    .await;
    runs
}

async fn works(stage: &Stage) {
    let run = note::trigger(&stage.queue, 1).await.unwrap();
    stage.finished(run.id()).await;
}

/// Asserts that it exits by itself after SIGTERM, in time.
async fn ends(mut worker: WorkerProcess, why: &str) {
    let told = Instant::now();
    worker.signal("TERM").await;
    let status = worker.ended().await;
    println!("{why}: it ended {:.1?} after SIGTERM", told.elapsed());
    assert!(
        told.elapsed() < LONGEST,
        "{:?}\n{}",
        told.elapsed(),
        worker.log()
    );
    assert!(status.success(), "{}", worker.log());
}

/// Asserts that another worker takes over all of the runs.
async fn nothing_is_lost(stage: &Stage, runs: &[RunId]) {
    stage.open("gate").await;
    let other = stage.worker().start().unwrap();
    for run in runs {
        let run = stage.finished(*run).await;
        assert_eq!(run.status, RunStatus::Completed, "{run:?}");
    }
    stage.nothing_is_left().await;
    other.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_busy_worker_ends_while_nothing_comes_through() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let worker = stage.process_behind(&proxy, &SETTINGS);
    let runs = busy(&stage).await;
    proxy.freeze_all();
    ends(worker, "frozen, busy").await;
    nothing_is_lost(&stage, &runs).await;
}

#[tokio::test]
async fn an_idle_worker_ends_while_nothing_comes_through() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let worker = stage.process_behind(&proxy, &SETTINGS);
    works(&stage).await;
    proxy.freeze_all();
    let run = note::trigger(&stage.queue, 2).await.unwrap();
    ends(worker, "frozen, idle").await;
    nothing_is_lost(&stage, &[run.id()]).await;
}

#[tokio::test]
async fn a_busy_worker_ends_although_the_server_is_gone() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let worker = stage.process_behind(&proxy, &SETTINGS);
    let runs = busy(&stage).await;
    drop(proxy);
    ends(worker, "gone, busy").await;
    nothing_is_lost(&stage, &runs).await;
}

#[tokio::test]
async fn an_idle_worker_ends_although_the_server_is_gone() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let worker = stage.process_behind(&proxy, &SETTINGS);
    works(&stage).await;
    drop(proxy);
    let run = note::trigger(&stage.queue, 2).await.unwrap();
    ends(worker, "gone, idle").await;
    nothing_is_lost(&stage, &[run.id()]).await;
}

#[tokio::test]
async fn a_worker_ends_while_the_server_stands_still() {
    let mut server = TestServer::start().await;
    let stage = Stage::at(server.url().to_string(), None).await;
    let busy_worker = stage.process_with(&SETTINGS);
    let idle_settings = [SETTINGS[0], ("ENGINE_TASKS", "note")];
    let idle_worker = stage.process_with(&idle_settings);
    works(&stage).await;
    until("both work", || async {
        let workers: i64 = stage
            .scalar("select count(*) from supabase_task.workers")
            .await;
        (workers == 2).then_some(())
    })
    .await;
    let runs = busy(&stage).await;
    server.stand_still().await;
    tokio::join!(
        ends(busy_worker, "the server stands still, busy"),
        ends(idle_worker, "the server stands still, idle")
    );
    server.go_on();
    nothing_is_lost(&stage, &runs).await;
}

/// It is not working yet: it still has to register its tasks.
#[tokio::test]
async fn a_worker_that_starts_ends_while_nothing_comes_through() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    // Registering tasks has to wait.
    let mut lock = stage.pool.begin().await.unwrap();
    sqlx::query("lock table supabase_task.tasks")
        .execute(&mut *lock)
        .await
        .unwrap();
    let worker = stage.process_behind(&proxy, &SETTINGS);
    until("it waits for the table", || async {
        let waiting: i64 = stage
            .scalar("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
            .await;
        (waiting > 0).then_some(())
    })
    .await;
    proxy.freeze_all();
    lock.rollback().await.unwrap();
    ends(worker, "frozen, starting").await;
}

#[tokio::test]
async fn a_worker_ends_although_an_outcome_cannot_be_written() {
    let stage = Stage::new().await;
    let worker = stage.process_with(&SETTINGS);
    let held = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.marked(held.id(), "begun", 1).await;
    stage.status(held.id(), RunStatus::Executing).await;
    let mut lock = stage.pool.begin().await.unwrap();
    sqlx::query("select from supabase_task.runs where id = $1 for update")
        .bind(*held.id().as_uuid())
        .execute(&mut *lock)
        .await
        .unwrap();
    stage.open("gate").await;
    stage.marked(held.id(), "ended", 1).await;
    ends(worker, "a row is locked").await;
    lock.rollback().await.unwrap();

    let other = stage.worker().start().unwrap();
    let run = stage.finished(held.id()).await;
    assert_eq!(run.status, RunStatus::Completed, "{run:?}");
    other.shutdown().await.unwrap();
}
