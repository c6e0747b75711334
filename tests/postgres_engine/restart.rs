//! A PostgreSQL server that goes down and comes back.

use std::time::{Duration, Instant};

use supabase_task::RunStatus;
use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::engine::RunFilter;
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;
use supabase_task_tests::TestServer;
use tokio::task::JoinSet;

use crate::stage::{PATIENCE, Stage, outcomes, queue, until};
use crate::tasks::{hold, note, step};

/// The number of runs to drain meanwhile.
const RUNS: u64 = 400;

#[tokio::test]
async fn a_restart_loses_nothing_and_the_worker_goes_on() {
    let mut server = TestServer::start().await;
    let stage = Stage::at(server.url().to_string(), None).await;
    let worker = stage.process();
    let held = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.marked(held.id(), "begun", 1).await;
    // Another client waits for a run.
    let waits = tokio::spawn({
        let elsewhere = queue(&stage.url).await;
        let id = held.id();
        async move { elsewhere.finished(id).await }
    });
    let runs = step::trigger_batch(&stage.queue, 0..RUNS).await.unwrap();
    until("some are completed", || async {
        (completed(&stage).await > 20).then_some(())
    })
    .await;

    server.restart().await;
    until("more are completed", || async {
        (completed(&stage).await > 40).then_some(())
    })
    .await;
    server.crash().await;

    for run in &runs {
        let run = stage.finished(run.id()).await;
        assert_eq!(run.status, RunStatus::Completed);
    }
    stage.open("gate").await;
    let waited = tokio::time::timeout(PATIENCE, waits)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(waited.unwrap().status, RunStatus::Completed);
    assert_eq!(outcomes(&stage.run(held.id()).await).len(), 1);

    let log = worker.log();
    assert!(log.contains("was lost"), "{log}");
    assert!(log.contains("is back"), "{log}");
    let password = server.url().password().unwrap();
    assert!(!log.contains(password), "{log}");
}

#[tokio::test]
async fn notifications_work_again_after_a_restart() {
    let mut server = TestServer::start().await;
    let stage = Stage::at(server.url().to_string(), None).await;
    let worker = stage.process();
    note::trigger(&stage.queue, 1)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    server.restart().await;
    until("the worker listens again", || async {
        worker.log().contains("listening again").then_some(())
    })
    .await;

    // Polling would find a run after half a second on average, and never all of these within a
    // tenth.
    let mut fastest = Vec::new();
    for number in 0..9 {
        let started = Instant::now();
        let handle = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(handle.wait().await.unwrap(), number);
        fastest.push(started.elapsed());
    }
    fastest.sort();
    println!("from trigger to output after a restart: {fastest:?}");
    assert!(fastest[4] < Duration::from_millis(250), "{fastest:?}");
}

async fn completed(stage: &Stage) -> usize {
    let filter = RunFilter::new()
        .task("step")
        .status(RunStatus::Completed)
        .limit(1_000);
    stage.queue.runs(filter).await.map_or(0, |runs| runs.len())
}

#[tokio::test]
async fn a_program_that_was_idle_meanwhile_notices_nothing() {
    let mut server = TestServer::start().await;
    let stage = Stage::at(server.url().to_string(), None).await;
    let queue = PostgresOptions::new(&stage.url)
        .max_connections(12)
        .connect()
        .await
        .unwrap();
    // Many at once, to open many connections.
    let mut triggers = JoinSet::new();
    for number in 0..60 {
        let queue = queue.clone();
        triggers.spawn(async move { note::trigger(&queue, number).await.map(drop) });
    }
    for triggered in triggers.join_all().await {
        triggered.unwrap();
    }
    let opened: i64 = stage
        .scalar("select count(*) from pg_stat_activity where application_name = 'supabase-task'")
        .await;
    assert!(opened > 6, "{opened}");

    server.restart().await;
    // All connections are dead, and several kinds of calls are retried.
    let handle = note::trigger(&queue, 60).await.unwrap();
    assert_eq!(handle.status().await.unwrap(), RunStatus::Queued);
    handle.cancel().await.unwrap();
}

/// A statement on a connection that breaks may or may not have been executed.
#[tokio::test]
async fn connections_that_break_lose_nothing() {
    let stage = Stage::new().await;
    let worker = stage.process_with(&[("ENGINE_CONCURRENCY", "10")]);
    let runs = step::trigger_batch(&stage.queue, 0..RUNS * 5)
        .await
        .unwrap();
    // A worker that is still starting ends with the error, for its supervisor.
    until("the worker has begun", || async {
        let begun: bool = stage
            .scalar("select exists (select from supabase_task.runs where status = 'COMPLETED')")
            .await;
        begun.then_some(())
    })
    .await;
    let mut broken = 0;
    let mut before = 0;
    while before < RUNS as i64 * 5 {
        broken += stage
            .execute(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where application_name = 'supabase-task' and datname = current_database()
                   and query ilike '%jobs%' and random() < 0.5",
            )
            .await;
        // Waits for some progress between two interruptions, if any work is left.
        before = until("it goes on", || async {
            let done: i64 = stage
                .scalar("select count(*) from supabase_task.runs where status = 'COMPLETED'")
                .await;
            (done > before || done == RUNS as i64 * 5).then_some(done)
        })
        .await;
    }
    println!("{broken} connections were broken");
    assert!(broken > 10, "{broken}");
    for run in &runs {
        let run = stage.finished(run.id()).await;
        assert_eq!(run.status, RunStatus::Completed);
        assert_eq!(run.attempts.last().unwrap().outcome, Completed);
        assert_eq!(outcomes(&run).len(), 1, "nobody died: {run:?}");
    }
    stage.nothing_is_left().await;
    let log = worker.log();
    println!(
        "{} answers were lost",
        log.matches("were given back").count()
    );
}
