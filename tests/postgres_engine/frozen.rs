//! Connections that stop answering without closing, because a machine in between has forgotten them
//! or accepts data and forwards nothing. They are given up and replaced.

use std::time::{Duration, Instant};

use supabase_task::RunStatus;
use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;
use tokio::task::JoinSet;

use crate::proxy::Proxy;
use crate::stage::{Stage, outcomes, until};
use crate::tasks::{hold, note, step};

/// How long it may take until everything works again.
const HEALED: Duration = Duration::from_secs(30);

/// Long enough that no worker is considered dead meanwhile: the library's default.
const TAKEOVER: (&str, &str) = ("ENGINE_TAKEOVER_MS", "30000");

#[tokio::test]
async fn a_busy_worker_goes_on_and_charges_no_run() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let worker = stage.process_behind(&proxy, &[TAKEOVER, ("ENGINE_CONCURRENCY", "10")]);
    // This worker only takes over from others.
    let _watch = stage.process_with(&[TAKEOVER, ("ENGINE_TASKS", "note")]);
    let held = hold::trigger_batch(&stage.queue, vec!["gate".to_owned(); 3])
        .await
        .unwrap();
    for run in &held {
        stage.marked(run.id(), "begun", 1).await;
    }
    let runs = step::trigger_batch(&stage.queue, 0..3_000).await.unwrap();
    until("some are completed", || async {
        (stage.completed().await > 200).then_some(())
    })
    .await;

    proxy.freeze_open();
    let frozen = Instant::now();
    stage.open("gate").await;
    // Work that was in progress when the connections froze ends soon.
    let all = (runs.len() + held.len()) as i64;
    let mut before = stage.completed().await;
    let (mut longest, mut last) = (Duration::ZERO, Instant::now());
    while before < all {
        before = until("more are completed", || async {
            let completed = stage.completed().await;
            (completed > before).then_some(completed)
        })
        .await;
        longest = longest.max(last.elapsed());
        last = Instant::now();
    }
    println!(
        "no run was completed for {longest:.1?}; all were after {:.1?}",
        frozen.elapsed()
    );
    assert!(longest < HEALED, "{longest:?}");
    assert_eq!(stage.charged().await, 0, "{}", worker.log());
    stage.nothing_is_left().await;
}

#[tokio::test]
async fn an_idle_worker_picks_up_runs_and_hears_of_them_again() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let worker = stage.process_behind(&proxy, &[TAKEOVER]);
    let first = note::trigger(&stage.queue, 0).await.unwrap();
    assert_eq!(
        stage.finished(first.id()).await.status,
        RunStatus::Completed
    );

    proxy.freeze_open();
    let frozen = Instant::now();
    let run = note::trigger(&stage.queue, 1).await.unwrap();
    let run = stage.finished(run.id()).await;
    println!(
        "an idle worker has completed a run after {:.1?}",
        frozen.elapsed()
    );
    assert!(
        frozen.elapsed() < HEALED,
        "{:?}\n{}",
        frozen.elapsed(),
        worker.log()
    );
    assert_eq!(outcomes(&run), [(1, Completed)]);

    until("the worker listens again", || async {
        worker.log().contains("listening again").then_some(())
    })
    .await;
    println!("it listens again after {:.1?}", frozen.elapsed());
    assert!(frozen.elapsed() < HEALED, "{:?}", frozen.elapsed());
    // Polling would find a run after half a second on average, and never all of these within a
    // tenth.
    let mut took = Vec::new();
    for number in 0..9 {
        let started = Instant::now();
        let handle = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(handle.wait().await.unwrap(), number);
        took.push(started.elapsed());
    }
    took.sort();
    println!("from trigger to output afterwards: {took:?}");
    assert!(took[4] < Duration::from_millis(250), "{took:?}");
}

#[tokio::test]
async fn a_program_that_only_triggers_goes_on() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let queue = PostgresOptions::new(proxy.url())
        .max_connections(20)
        .connect()
        .await
        .unwrap();
    // Many at once, to open many connections.
    let mut triggers = JoinSet::new();
    for number in 0..100 {
        let queue = queue.clone();
        triggers.spawn(async move { note::trigger(&queue, number).await.map(drop) });
    }
    for triggered in triggers.join_all().await {
        triggered.unwrap();
    }
    assert!(proxy.opened() > 10, "{}", proxy.opened());

    // Connections that were in use just now.
    proxy.freeze_open();
    let frozen = Instant::now();
    note::trigger(&queue, 100).await.unwrap();
    println!("a trigger took {:.1?}", frozen.elapsed());
    assert!(frozen.elapsed() < HEALED, "{:?}", frozen.elapsed());

    // Connections that have been idle for a while.
    proxy.freeze_open();
    until("the connections are idle", || async {
        (frozen.elapsed() > Duration::from_secs(1)).then_some(())
    })
    .await;
    let frozen = Instant::now();
    note::trigger(&queue, 101).await.unwrap();
    println!(
        "a trigger took {:.1?} over idle connections",
        frozen.elapsed()
    );
    assert!(frozen.elapsed() < HEALED, "{:?}", frozen.elapsed());
    let stored: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(stored, 102);
}

#[tokio::test]
async fn who_waits_for_a_run_gets_its_result() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let queue = PostgresOptions::new(proxy.url()).connect().await.unwrap();
    let worker = stage.worker().start().unwrap();
    let run = hold::trigger(&queue, "gate".to_owned()).await.unwrap();
    let id = run.id();
    let waits = tokio::spawn(async move { run.wait().await });
    stage.marked(id, "begun", 1).await;
    until("it is waited for", || async {
        let awaited: i64 = stage
            .scalar("select count(*) from supabase_task.runs where awaited")
            .await;
        (awaited == 1).then_some(())
    })
    .await;

    proxy.freeze_open();
    let frozen = Instant::now();
    stage.open("gate").await;
    let waited = tokio::time::timeout(HEALED, waits).await;
    println!("the result came after {:.1?}", frozen.elapsed());
    assert_eq!(waited.unwrap().unwrap().unwrap(), "gate");
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn all_goes_on_when_everything_was_frozen_for_a_while() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(&stage.url).await;
    let worker = stage.process_behind(&proxy, &[TAKEOVER, ("ENGINE_CONCURRENCY", "10")]);
    let queue = PostgresOptions::new(proxy.url()).connect().await.unwrap();
    step::trigger_batch(&queue, 0..1_000).await.unwrap();
    until("some are completed", || async {
        (stage.completed().await > 100).then_some(())
    })
    .await;

    proxy.freeze_all();
    let triggers = tokio::spawn(async move { note::trigger(&queue, 1).await });
    until("the worker notices", || async {
        worker.log().contains("trying again").then_some(())
    })
    .await;
    let opened = proxy.opened();
    until("it tries new connections", || async {
        (proxy.opened() > opened).then_some(())
    })
    .await;
    proxy.thaw();
    let thawed = Instant::now();
    until("all are completed", || async {
        (stage.completed().await == 1_001).then_some(())
    })
    .await;
    println!("all were completed {:.1?} after the thaw", thawed.elapsed());
    assert!(thawed.elapsed() < HEALED, "{:?}", thawed.elapsed());
    triggers.await.unwrap().unwrap();
    assert_eq!(stage.charged().await, 0, "{}", worker.log());
    stage.nothing_is_left().await;
}

/// A row that another session has locked delays no caller that waits for another run.
#[tokio::test]
async fn who_waits_is_not_held_up_by_a_run_that_somebody_has_locked() {
    let stage = Stage::new().await;
    let locked = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    let free = note::trigger(&stage.queue, 7).await.unwrap();
    let mut lock = stage.pool.begin().await.unwrap();
    sqlx::query("select from supabase_task.runs where id = $1 for update")
        .bind(*locked.id().as_uuid())
        .execute(&mut *lock)
        .await
        .unwrap();
    let worker = stage.worker().tasks(["note"]).start().unwrap();
    let waits = tokio::spawn(async move { locked.wait().await });
    let started = Instant::now();
    assert_eq!(free.wait().await.unwrap(), 7);
    println!("it was waited for {:.1?}", started.elapsed());
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    lock.rollback().await.unwrap();
    worker.shutdown().await.unwrap();

    stage.open("gate").await;
    let worker = stage.worker().start().unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), "gate");
    worker.shutdown().await.unwrap();
}
