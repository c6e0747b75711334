//! Schedules with several workers.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use supabase_task::engine::{Run, RunFilter, RunningWorker};
use supabase_task::prelude::*;
use supabase_task::{RunStatus, Worker};

use crate::stage::{Stage, queue, until};

#[tokio::test]
async fn of_missed_ticks_the_last_one_is_run_once() {
    let stage = Stage::new().await;
    // Stores the schedule.
    let first = workers(&stage, 1).await;
    written(&stage).await;
    stop(first).await;
    let hour = Utc::now().duration_trunc(TimeDelta::hours(1)).unwrap();
    let before = hour - TimeDelta::hours(6);
    due(&stage, hour - TimeDelta::hours(5), Some(before)).await;

    let three = workers(&stage, 3).await;
    let runs = until("a run", || async {
        Some(runs(&stage).await)
            .filter(|runs| runs.iter().any(|run| run.status == RunStatus::Completed))
    })
    .await;
    let tick: Tick = serde_json::from_str(runs[0].payload.get()).unwrap();
    // The test may run on the hour.
    let hour = tick.timestamp;
    assert!(Utc::now() - hour < TimeDelta::hours(1), "{hour}");
    assert_eq!(hour, hour.duration_trunc(TimeDelta::hours(1)).unwrap());
    assert_eq!(tick.last_timestamp, Some(before));
    let upcoming: Vec<_> = (1..=5).map(|n| hour + TimeDelta::hours(n)).collect();
    assert_eq!((tick.upcoming, tick.timezone.as_str()), (upcoming, "UTC"));
    let (next, last) = schedule(&stage).await;
    assert_eq!((next, last), (hour + TimeDelta::hours(1), Some(hour)));
    stop(three).await;
    let ticks = runs_by_tick(&stage).await;
    assert_eq!(
        ticks.iter().filter(|tick| **tick <= hour).count(),
        1,
        "{ticks:?}"
    );
}

#[tokio::test]
async fn a_tick_is_run_once_however_many_workers_see_it() {
    let stage = Stage::new().await;
    let first = workers(&stage, 1).await;
    written(&stage).await;
    stop(first).await;
    for round in 1..=5 {
        let hour = Utc::now().duration_trunc(TimeDelta::hours(1)).unwrap();
        due(&stage, hour, Some(hour - TimeDelta::hours(1))).await;
        let all = workers(&stage, 3).await;
        until("the next tick is planned", || async {
            let (next, _) = schedule(&stage).await;
            (next > Utc::now()).then_some(())
        })
        .await;
        stop(all).await;
        let made = runs(&stage).await.len();
        assert_eq!(made, round);
    }
}

#[tokio::test]
async fn a_schedule_that_changed_is_planned_anew() {
    let stage = Stage::new().await;
    let first = workers(&stage, 1).await;
    written(&stage).await;
    stop(first).await;
    // As stored by an older program: its tick was due and no longer belongs to the new schedule.
    stage
        .execute(
            "update supabase_task.schedules set cron = '0 3 * * *', next_at = now() - interval '5 h'",
        )
        .await;
    let again = workers(&stage, 2).await;
    until("it is planned anew", || async {
        let (next, _) = schedule(&stage).await;
        (next > Utc::now()).then_some(())
    })
    .await;
    stop(again).await;
    let cron: String = stage
        .scalar("select cron from supabase_task.schedules where task_id = 'hourly'")
        .await;
    assert_eq!(cron, "0 * * * *");
    assert_eq!(runs(&stage).await.len(), 0);
}

/// Starts workers with connections of their own.
async fn workers(stage: &Stage, count: usize) -> Vec<RunningWorker> {
    let mut workers = Vec::new();
    for _ in 0..count {
        let queue = queue(&stage.url).await;
        let worker = Worker::new(&queue, &stage.supabase()).tasks(["hourly"]);
        workers.push(worker.start().unwrap());
    }
    workers
}

async fn stop(workers: Vec<RunningWorker>) {
    for worker in workers {
        worker.shutdown().await.unwrap();
    }
}

async fn written(stage: &Stage) {
    until("the schedule is written down", || async {
        let count: i64 = stage
            .scalar("select count(*) from supabase_task.schedules")
            .await;
        (count == 1).then_some(())
    })
    .await;
}

async fn due(stage: &Stage, next: DateTime<Utc>, last: Option<DateTime<Utc>>) {
    sqlx::query("update supabase_task.schedules set next_at = $1, last_at = $2")
        .bind(next)
        .bind(last)
        .execute(&stage.pool)
        .await
        .unwrap();
}

async fn schedule(stage: &Stage) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    sqlx::query_as("select next_at, last_at from supabase_task.schedules where task_id = 'hourly'")
        .fetch_one(&stage.pool)
        .await
        .unwrap()
}

async fn runs(stage: &Stage) -> Vec<Run> {
    let filter = RunFilter::new().task("hourly").limit(100);
    stage.queue.runs(filter).await.unwrap()
}

async fn runs_by_tick(stage: &Stage) -> Vec<DateTime<Utc>> {
    let tick = |run: &Run| serde_json::from_str::<Tick>(run.payload.get()).unwrap();
    runs(stage)
        .await
        .iter()
        .map(|run| tick(run).timestamp)
        .collect()
}
