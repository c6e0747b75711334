//! Worker processes that die.

use std::time::Instant;

use supabase_task::engine::AttemptOutcome::{Completed, Crashed};
use supabase_task::prelude::*;
use supabase_task::{RunStatus, engine::Run};

use crate::stage::{Stage, TAKEOVER, outcomes, until};
use crate::tasks::{die, hold, note, parent};

#[tokio::test]
async fn a_killed_worker_is_taken_over_and_the_crash_counts() {
    let stage = Stage::new().await;
    let mut first = stage.process();
    let run = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap()
        .id();
    stage.marked(run, "begun", 1).await;
    stage.status(run, RunStatus::Executing).await;

    // Started before the crash, so that only the takeover is measured.
    let second = stage.worker().start().unwrap();
    until("two workers", || async {
        let workers: i64 = stage
            .scalar("select count(*) from supabase_task.workers")
            .await;
        (workers == 2).then_some(())
    })
    .await;
    first.kill().await;
    let killed = Instant::now();
    stage.marked(run, "begun", 2).await;
    let taken = killed.elapsed();
    println!("taken over after {taken:?}, at a takeover time of {TAKEOVER:?}");
    // The takeover time passes, then the next check notices, up to a sixth of that time later. The
    // rest is slack.
    assert!(taken < TAKEOVER * 4, "{taken:?}");

    stage.open("gate").await;
    let run = stage.finished(run).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(outcomes(&run), [(1, Crashed), (2, Completed)]);
    let error = run.attempts[0].error.as_ref().unwrap();
    assert!(error.message.contains("process"), "{}", error.message);
    assert_ne!(run.attempts[0].worker, run.attempts[1].worker);
    assert!(run.attempts[0].started_at < run.attempts[0].ended_at);
    assert_eq!(run.started_at, Some(run.attempts[0].started_at));
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_task_that_kills_its_process_does_so_as_often_as_it_has_attempts() {
    let stage = Stage::new().await;
    let run = die::trigger(&stage.queue, ()).await.unwrap().id();

    // The worker is restarted whenever it dies.
    let mut deaths = 0;
    let mut worker = stage.process();
    let run: Run = until("the run is over", || {
        if !worker.is_running() {
            deaths += 1;
            worker = stage.process();
        }
        async { Some(stage.run(run).await).filter(|run| run.status.is_final()) }
    })
    .await;

    assert_eq!(run.status, RunStatus::Crashed);
    assert_eq!(outcomes(&run), [(1, Crashed), (2, Crashed)]);
    assert_eq!(deaths, 2);
    assert_eq!(stage.count(run.id, "begun").await, 2);
    assert!(run.error.is_some() && run.finished_at.is_some() && run.output.is_none());
    assert!(worker.is_running());
}

#[tokio::test]
async fn only_what_has_begun_dies_with_its_worker() {
    let stage = Stage::new().await;
    // One slot, which one run occupies.
    let mut first = stage.process_with(&[("ENGINE_CONCURRENCY", "1")]);
    let held = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap()
        .id();
    stage.marked(held, "begun", 1).await;
    let waiting = note::trigger_batch(&stage.queue, 0..20).await.unwrap();
    until("those that cannot begin are nobody's", || async {
        (tickets_in_the_table(&stage).await == 20).then_some(())
    })
    .await;
    stage.status(held, RunStatus::Executing).await;
    first.kill().await;

    stage.open("gate").await;
    let second = stage.worker().start().unwrap();
    for handle in &waiting {
        let run = stage.finished(handle.id()).await;
        assert_eq!(outcomes(&run), [(1, Completed)], "{}", run.id);
    }
    let held = stage.finished(held).await;
    assert_eq!(outcomes(&held), [(1, Crashed), (2, Completed)]);
    second.shutdown().await.unwrap();
}

/// The number of tickets that no worker has fetched.
async fn tickets_in_the_table(stage: &Stage) -> i64 {
    stage
        .scalar("select count(*) from supabase_task_jobs.jobs where locked_at is null")
        .await
}

#[tokio::test]
async fn a_run_that_waits_for_a_child_is_taken_over_too() {
    let stage = Stage::new().await;
    let mut first = stage.process();
    let run = parent::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap()
        .id();
    stage.status(run, RunStatus::Waiting).await;
    first.kill().await;
    stage.open("gate").await;

    let second = stage.worker().start().unwrap();
    let run = stage.finished(run).await;
    assert_eq!(run.status, RunStatus::Completed, "{run:?}");
    assert_eq!(outcomes(&run), [(1, Crashed), (2, Completed)]);
    // The first attempt's child is a run like any other.
    let open: i64 = stage
        .scalar("select count(*) from supabase_task.runs where status <> 'COMPLETED'")
        .await;
    let children: i64 = stage
        .scalar("select count(*) from supabase_task.runs where parent_run_id is not null")
        .await;
    assert_eq!(children, 2);
    assert!(open <= 1, "{open}");
    second.shutdown().await.unwrap();
}

/// The response that gives a worker a run without a ticket can get lost.
#[tokio::test]
async fn a_run_that_was_lost_on_its_way_is_given_back() {
    let stage = Stage::new().await;
    let worker = stage.worker().tasks(["note"]).start().unwrap();
    let first = note::trigger(&stage.queue, 0).await.unwrap();
    first.wait().await.unwrap();
    let lost = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    // As `rotate` would have claimed it, a while ago.
    let given = stage
        .execute(
            "update supabase_task.runs r set status = 'EXECUTING', ticket = ticket + 1, job_id = null,
               held_by = w.id, worker = w.id, executing_since = now() - interval '1 minute'
             from supabase_task.workers w, supabase_task_jobs.complete_jobs(
               (select array_agg(q.job_id) from supabase_task.runs q where q.status = 'QUEUED')) t
             where r.task_id = 'hold'",
        )
        .await;
    assert_eq!(given, 1);
    stage.status(lost.id(), RunStatus::Queued).await;
    stage.open("gate").await;
    let other = stage.worker().start().unwrap();
    let run = stage.finished(lost.id()).await;
    assert_eq!(outcomes(&run), [(1, Completed)]);
    worker.shutdown().await.unwrap();
    other.shutdown().await.unwrap();
}

/// A worker takes no more runs than it has free slots.
#[tokio::test]
async fn a_busy_worker_does_not_keep_what_an_idle_one_could_do() {
    let stage = Stage::new().await;
    let _busy = stage.process_with(&[("ENGINE_CONCURRENCY", "1")]);
    let held = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.marked(held.id(), "begun", 1).await;
    let waiting = note::trigger(&stage.queue, 1).await.unwrap();
    until("it is nobody's", || async {
        (tickets_in_the_table(&stage).await == 1).then_some(())
    })
    .await;
    let idle = stage.worker().start().unwrap();
    let done = tokio::time::timeout(crate::stage::PATIENCE, waiting.wait()).await;
    assert_eq!(done.unwrap().unwrap(), 1);
    idle.shutdown().await.unwrap();
}

/// Fetching a ticket and returning it are two writes, for each waiting run.
#[tokio::test]
async fn a_full_worker_fetches_no_ticket() {
    let stage = Stage::new().await;
    let mut full = stage.process_with(&[("ENGINE_CONCURRENCY", "1")]);
    let held = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    stage.marked(held.id(), "begun", 1).await;
    sqlx::raw_sql(
        "create table stage.fetched (job bigint);
         create function stage.note_fetch() returns trigger language plpgsql as $$
         begin insert into stage.fetched values (new.id); return null; end $$;
         create trigger note_fetch after update of locked_by on supabase_task_jobs._private_jobs
           for each row when (new.locked_by is not null) execute function stage.note_fetch()",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    let waiting = note::trigger_batch(&stage.queue, 0..5).await.unwrap();
    // Longer than graphile_worker's poll interval.
    for _ in 0..4 {
        stage.workers_are_heard().await;
    }
    let fetched: i64 = stage.scalar("select count(*) from stage.fetched").await;
    assert_eq!(fetched, 0);

    stage.open("gate").await;
    for run in &waiting {
        stage.finished(run.id()).await;
    }
    let fetched: i64 = stage.scalar("select count(*) from stage.fetched").await;
    assert_eq!(fetched, 5);
    full.kill().await;
}

/// The sweep of a dead worker's tickets may fail afterwards and is then repeated.
#[tokio::test]
async fn a_crash_that_is_written_down_twice_counts_once() {
    let stage = Stage::new().await;
    let run = note::trigger(&stage.queue, 1).await.unwrap();
    for _ in 0..2 {
        sqlx::query("select supabase_task.lost($1, 1, 0, 'dead', true)")
            .bind(*run.id().as_uuid())
            .execute(&stage.pool)
            .await
            .unwrap();
    }
    assert_eq!(outcomes(&stage.run(run.id()).await), [(1, Crashed)]);
    let worker = stage.worker().start().unwrap();
    assert_eq!(
        outcomes(&stage.finished(run.id()).await),
        [(1, Crashed), (2, Completed)]
    );
    worker.shutdown().await.unwrap();
}
