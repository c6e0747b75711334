//! Concurrency limits across workers.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use supabase_task::engine::AttemptOutcome::{Completed, Crashed};
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;
use supabase_task::{RunStatus, Worker};
use uuid::Uuid;

use crate::stage::{Stage, outcomes, queue, until};
use crate::tasks::{Work, keyed, limited, limited_parent, single};

#[tokio::test]
async fn a_queue_has_its_limit_across_workers() {
    let stage = Stage::new().await;
    let (one, other) = two_workers(&stage).await;
    let runs = limited::trigger_batch(&stage.queue, (0..24).map(|n| work(n, 40)))
        .await
        .unwrap();
    for run in &runs {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    let most = overlaps(&stage).await;
    println!("at once, by key: {most:?}");
    assert_eq!(most, BTreeMap::from([(None, 2)]));
    for worker in [one, other] {
        worker.shutdown().await.unwrap();
    }
    nothing_is_held(&stage).await;
}

#[tokio::test]
async fn each_key_has_its_own_limit() {
    let stage = Stage::new().await;
    let (one, other) = two_workers(&stage).await;
    let runs = keyed::trigger_batch(&stage.queue, (0..24).map(|n| work(n % 3, 40)))
        .await
        .unwrap();
    for run in &runs {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    let most = overlaps(&stage).await;
    println!("at once, by key: {most:?}");
    let key = |n: u64| Some(n.to_string());
    assert_eq!(
        most,
        BTreeMap::from([(key(0), 1), (key(1), 1), (key(2), 1)])
    );
    for worker in [one, other] {
        worker.shutdown().await.unwrap();
    }
    nothing_is_held(&stage).await;
}

/// The database cannot compute the key of a run that was triggered from SQL.
#[tokio::test]
async fn a_key_counts_also_for_runs_from_sql() {
    let stage = Stage::new().await;
    let (one, other) = two_workers(&stage).await;
    for _ in 0..8 {
        let payload =
            r#"select supabase_task.trigger('keyed', '{"key": "0", "milliseconds": 40}')"#;
        stage.execute(payload).await;
    }
    until("all are completed", || async {
        let open: i64 = stage
            .scalar("select count(*) from supabase_task.runs where status <> 'COMPLETED'")
            .await;
        (open == 0).then_some(())
    })
    .await;
    assert_eq!(
        overlaps(&stage).await,
        BTreeMap::from([(Some("0".to_owned()), 1)])
    );
    for worker in [one, other] {
        worker.shutdown().await.unwrap();
    }
    nothing_is_held(&stage).await;
}

#[tokio::test]
async fn the_place_of_a_crashed_run_is_not_lost() {
    let stage = Stage::new().await;
    let mut first = stage.process();
    let held = single::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.marked(held.id(), "begun", 1).await;
    let next = single::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    parked(&stage, 1).await;
    stage.status(held.id(), RunStatus::Executing).await;
    first.kill().await;
    stage.open("gate").await;

    let worker = stage.worker().start().unwrap();
    let held = stage.finished(held.id()).await;
    assert_eq!(outcomes(&held), [(1, Crashed), (2, Completed)]);
    // It had only waited for its slot.
    let next = stage.finished(next.id()).await;
    assert_eq!(outcomes(&next), [(1, Completed)]);
    worker.shutdown().await.unwrap();
    nothing_is_held(&stage).await;
}

#[tokio::test]
async fn no_place_is_lost_when_workers_are_killed() {
    const RUNS: u64 = 60;
    let stage = Stage::new().await;
    let mut workers = [stage.process(), stage.process()];
    let runs = limited::trigger_batch(&stage.queue, (0..RUNS).map(|n| work(n, 20)))
        .await
        .unwrap();
    for (number, worker) in (1..).zip(&mut workers) {
        until("a third of the runs", || async {
            let over: i64 = stage
                .scalar("select count(*) from supabase_task.runs where status = 'COMPLETED'")
                .await;
            (over >= number * 20).then_some(())
        })
        .await;
        worker.kill().await;
        *worker = stage.process();
    }
    for run in &runs {
        let run = stage.finished(run.id()).await;
        assert_eq!(run.status, RunStatus::Completed, "{run:?}");
    }
    for worker in &mut workers {
        // The last one may still be starting: a signal that nothing waits for kills it.
        until("the worker has started", || async { worker.worker_id() }).await;
        worker.signal("TERM").await;
        assert!(worker.ended().await.success(), "{}", worker.log());
    }
    nothing_is_held(&stage).await;
}

#[tokio::test]
async fn a_run_that_waits_for_a_place_can_be_cancelled() {
    let stage = Stage::new().await;
    let worker = stage.worker().start().unwrap();
    let held = single::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.marked(held.id(), "begun", 1).await;
    let [canceled, next] = [1, 2].map(|_| single::trigger(&stage.queue, "gate".to_owned()));
    let (canceled, next) = (canceled.await.unwrap(), next.await.unwrap());
    parked(&stage, 2).await;

    let run = canceled.cancel().await.unwrap();
    assert_eq!(run.status, RunStatus::Canceled);
    stage.open("gate").await;
    held.wait().await.unwrap();
    next.wait().await.unwrap();
    let run = stage.run(canceled.id()).await;
    assert_eq!((run.status, run.attempts.len()), (RunStatus::Canceled, 0));
    worker.shutdown().await.unwrap();
    nothing_is_held(&stage).await;
}

/// A cancelled run whose ticket has not been redeemed yet gives its slot back.
#[tokio::test]
async fn a_cancelled_run_gives_its_place_back() {
    let stage = Stage::new().await;
    let worker = stage
        .worker()
        .grace(Duration::from_millis(50))
        .start()
        .unwrap();
    let held = single::trigger(&stage.queue, "never".to_owned())
        .await
        .unwrap();
    stage.marked(held.id(), "begun", 1).await;
    let next = single::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    parked(&stage, 1).await;
    held.cancel().await.unwrap();
    stage.open("gate").await;
    next.wait().await.unwrap();
    worker.shutdown().await.unwrap();
    nothing_is_held(&stage).await;
}

/// It has no slot while it waits for its child, and needs none once it has ended.
#[tokio::test]
async fn a_parent_that_is_cancelled_while_it_waits_leaves_the_limit_as_it_is() {
    let stage = Stage::new().await;
    let worker = stage
        .worker()
        .grace(Duration::from_millis(10))
        .start()
        .unwrap();
    let parent = limited_parent::trigger(&stage.queue, "child".to_owned())
        .await
        .unwrap();
    stage.status(parent.id(), RunStatus::Waiting).await;
    let long = limited::trigger_batch(&stage.queue, (0..2).map(|n| work(n, 1_000)))
        .await
        .unwrap();
    for run in &long {
        stage.status(run.id(), RunStatus::Executing).await;
    }
    let short = limited::trigger_batch(&stage.queue, (0..10).map(|n| work(n, 50)))
        .await
        .unwrap();
    parked(&stage, 10).await;
    parent.cancel().await.unwrap();
    for run in long.iter().chain(&short) {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    // The child, which has no limit, and two others.
    assert_eq!(overlaps(&stage).await, BTreeMap::from([(None, 3)]));
    stage.open("child").await;
    worker.shutdown().await.unwrap();
    nothing_is_held(&stage).await;
}

#[tokio::test]
async fn a_limit_that_is_raised_lets_more_in() {
    let stage = Stage::new().await;
    let worker = stage.worker().start().unwrap();
    let held = single::trigger_batch(&stage.queue, vec!["gate".to_owned(); 4])
        .await
        .unwrap();
    parked(&stage, 3).await;
    // As a newer program does on startup.
    stage
        .execute("update supabase_task.queues set concurrency_limit = 3 where name = 'single'")
        .await;
    stage
        .execute("select supabase_task.invite('single', '')")
        .await;
    parked(&stage, 1).await;
    until("three at once", || async {
        let begun: i64 = stage
            .scalar("select count(*) from stage.marks where what = 'begun'")
            .await;
        (begun == 3).then_some(())
    })
    .await;
    stage.open("gate").await;
    for run in &held {
        run.wait().await.unwrap();
    }
    worker.shutdown().await.unwrap();
    nothing_is_held(&stage).await;
}

/// Waiting for a run locks it for a moment, which may be the moment in which it could start.
#[tokio::test]
async fn a_parked_run_that_was_locked_when_a_place_became_free_begins_soon() {
    let stage = Stage::new().await;
    // The maintenance that runs once a minute would be too late.
    let queue = PostgresOptions::new(&stage.url).connect().await.unwrap();
    let worker = Worker::new(&queue, &stage.supabase())
        .schedules(false)
        .start()
        .unwrap();
    let held = single::trigger(&queue, "first".to_owned()).await.unwrap();
    stage.marked(held.id(), "begun", 1).await;
    let last = single::trigger(&queue, "last".to_owned()).await.unwrap();
    parked(&stage, 1).await;
    stage.open("last").await;

    let mut lock = stage.pool.begin().await.unwrap();
    sqlx::query("select from supabase_task.runs where id = $1 for update")
        .bind(last.id().as_uuid())
        .execute(&mut *lock)
        .await
        .unwrap();
    stage.open("first").await;
    stage.finished(held.id()).await;
    // The slot is free and no run has it.
    until("the place is given back", || async {
        let places: i64 = stage
            .scalar("select count(*) from supabase_task.slots")
            .await;
        (places == 0).then_some(())
    })
    .await;
    lock.rollback().await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(20), stage.finished(last.id())).await;
    assert_eq!(outcomes(&ended.expect("it begins soon")), [(1, Completed)]);
    worker.shutdown().await.unwrap();
    nothing_is_held(&stage).await;
}

/// A parked run follows another one in the same worker. If each needed a ticket again, it would wait for a
/// free slot, a statement that finds it, and a worker that fetches the ticket.
#[tokio::test]
async fn parked_runs_follow_each_other_without_tickets() {
    const RUNS: u64 = 100;
    let stage = Stage::new().await;
    let worker = stage.worker().start().unwrap();
    // Another live worker has all slots.
    stage
        .execute(
            "insert into supabase_task.workers (id, seen_at) values ('other', now() + interval '1 hour')",
        )
        .await;
    stage
        .execute("insert into supabase_task.slots values ('limited', '', 'other', 2)")
        .await;
    let runs = limited::trigger_batch(&stage.queue, (0..RUNS).map(|n| work(n, 1)))
        .await
        .unwrap();
    parked(&stage, RUNS as i64).await;

    let next_job = async || -> i64 {
        let added = "select id from supabase_task_jobs.add_job('nobody', '{}')";
        stage.scalar(added).await
    };
    let before = next_job().await;
    stage
        .execute("delete from supabase_task.slots where worker_id = 'other'")
        .await;
    stage
        .execute("select supabase_task.invite('limited', '')")
        .await;
    for run in &runs {
        assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    }
    // Two for the free slots, and a few for slots that were free in between.
    let tickets = next_job().await - before - 1;
    println!("{tickets} tickets for {RUNS} runs");
    assert!(tickets <= 20, "{tickets} tickets");
    worker.shutdown().await.unwrap();
    stage
        .execute("delete from supabase_task.workers where id = 'other'")
        .await;
    nothing_is_held(&stage).await;
}

async fn two_workers(
    stage: &Stage,
) -> (
    supabase_task::engine::RunningWorker,
    supabase_task::engine::RunningWorker,
) {
    let elsewhere = queue(&stage.url).await;
    let other = Worker::new(&elsewhere, &stage.supabase()).schedules(false);
    let started = (stage.worker().start().unwrap(), other.start().unwrap());
    // A trigger from SQL needs the registered tasks.
    until("the tasks are written down", || async {
        let tasks: i64 = stage
            .scalar("select count(*) from supabase_task.tasks")
            .await;
        (tasks > 0).then_some(())
    })
    .await;
    started
}

fn work(key: u64, milliseconds: u64) -> Work {
    Work {
        key: key.to_string(),
        milliseconds,
    }
}

async fn parked(stage: &Stage, runs: i64) {
    until(format!("{runs} runs wait for a place"), || async {
        let parked: i64 = stage
            .scalar("select count(*) from supabase_task.runs where parked_at is not null")
            .await;
        (parked == runs).then_some(())
    })
    .await;
}

async fn nothing_is_held(stage: &Stage) {
    let held: i64 = stage
        .scalar(
            "select (select count(*) from supabase_task.slots)
               + (select count(*) from supabase_task.runs where parked_at is not null)",
        )
        .await;
    assert_eq!(held, 0);
}

/// The highest number of simultaneous attempts, for each key.
async fn overlaps(stage: &Stage) -> BTreeMap<Option<String>, i32> {
    let marks: Vec<(Option<String>, String, DateTime<Utc>, Uuid)> = sqlx::query_as(
        "select r.concurrency_key, m.what, m.at, m.run
         from stage.marks m join supabase_task.runs r on r.id = m.run order by m.at, m.id",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    let mut now = BTreeMap::new();
    let mut most = BTreeMap::new();
    for (key, what, ..) in marks {
        let now: &mut i32 = now.entry(key.clone()).or_default();
        *now += if what == "begun" { 1 } else { -1 };
        let most: &mut i32 = most.entry(key).or_default();
        *most = (*most).max(*now);
    }
    most
}
