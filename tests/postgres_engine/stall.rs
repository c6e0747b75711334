//! A process that stalls for longer than the takeover time.

use supabase_task::engine::AttemptOutcome::{Completed, Crashed};
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;
use supabase_task::{RunStatus, Worker};

use crate::stage::{Stage, TAKEOVER, outcomes, until};
use crate::tasks::{hold, note};

#[tokio::test]
async fn what_a_stalled_worker_writes_afterwards_changes_nothing() {
    let stage = Stage::new().await;
    let mut stalled = stage.process();
    let run = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap()
        .id();
    stage.marked(run, "begun", 1).await;
    let stalled_pid = stalled.pid();
    stalled.signal("STOP").await;

    let other = stage.worker().start().unwrap();
    stage.marked(run, "begun", 2).await;
    assert_ne!(stage.last_pid(run).await, stalled_pid);

    // The first attempt ends first and tries to complete the run.
    stage.open("gate").await;
    let completed = stage.finished(run).await;
    stalled.signal("CONT").await;
    until(
        "the stalled worker hears that the run is not its own",
        || async {
            let log = stalled.log();
            (log.contains("took the run over")).then_some(())
        },
    )
    .await;

    let after = stage.run(run).await;
    assert_eq!(after.status, RunStatus::Completed);
    assert_eq!(outcomes(&after), [(1, Crashed), (2, Completed)]);
    assert_eq!(after.finished_at, completed.finished_at);
    assert_eq!(after.attempts, completed.attempts);

    // It continues as a normal worker.
    other.shutdown().await.unwrap();
    let next = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap()
        .id();
    assert_eq!(outcomes(&stage.finished(next).await), [(1, Completed)]);
    assert_eq!(stage.last_pid(next).await, stalled_pid);
    stalled.kill().await;
}

/// Its result would be discarded, and its remaining side effects would happen twice.
#[tokio::test]
async fn an_attempt_whose_run_was_taken_over_is_ended() {
    let stage = Stage::new().await;
    let stalled = stage.process_with(&[("ENGINE_DRAIN_MS", "1000")]);
    let run = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap()
        .id();
    stage.marked(run, "begun", 1).await;
    stalled.signal("STOP").await;
    let other = stage.worker().start().unwrap();
    stage.marked(run, "begun", 2).await;
    stalled.signal("CONT").await;
    until("the first attempt is ended", || async {
        stalled.log().contains("took the run over").then_some(())
    })
    .await;
    assert_eq!(stage.count(run, "ended").await, 0);

    stage.open("gate").await;
    let completed = stage.finished(run).await;
    assert_eq!(outcomes(&completed), [(1, Crashed), (2, Completed)]);
    assert_eq!(stage.count(run, "ended").await, 1);
    other.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_stalled_worker_that_ends_first_does_not_end_the_run_of_another() {
    let stage = Stage::new().await;
    let stalled = stage.process();
    let run = hold::trigger(&stage.queue, "first".to_owned())
        .await
        .unwrap()
        .id();
    stage.marked(run, "begun", 1).await;
    stalled.signal("STOP").await;
    // The second attempt holds at the same gate, so its worker has to be stalled too.
    let other = stage.process();
    stage.marked(run, "begun", 2).await;
    other.signal("STOP").await;

    stalled.signal("CONT").await;
    stage.open("first").await;
    // The first attempt has ended by itself, or was told that another worker has the run. Meanwhile
    // the second one stalls for too long, and the first worker takes the run over in turn.
    let run = stage.finished(run).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(outcomes(&run), [(1, Crashed), (2, Crashed), (3, Completed)]);
}

/// Otherwise other workers would take its runs over.
#[tokio::test]
async fn a_worker_is_heard_while_its_connections_are_busy() {
    let stage = Stage::new().await;
    // One connection for everything but graphile_worker's statements.
    let queue = PostgresOptions::new(&stage.url)
        .takeover(TAKEOVER)
        .max_connections(2)
        .connect()
        .await
        .unwrap();
    let worker = Worker::new(&queue, &stage.supabase())
        .schedules(false)
        .start()
        .unwrap();
    sqlx::raw_sql(
        "create function stage.wait() returns trigger language plpgsql as $$
         begin perform pg_sleep(10); return null; end $$;
         create trigger wait after update on supabase_task.runs
           for each row when (new.status = 'COMPLETED') execute function stage.wait()",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    let run = note::trigger(&stage.queue, 1).await.unwrap();
    until(
        "the worker is heard while it writes an outcome down",
        || async {
            let is_heard: bool = stage
                .scalar(
                    "select exists (
                   select from pg_stat_activity
                   where datname = current_database() and wait_event = 'PgSleep'
                     and query_start < (
                       select max(seen_at) from supabase_task.workers) - interval '2 seconds')",
                )
                .await;
            is_heard.then_some(())
        },
    )
    .await;
    assert_eq!(outcomes(&stage.finished(run.id()).await), [(1, Completed)]);
    worker.shutdown().await.unwrap();
}
