//! Runs that ended long ago, and runs that no worker starts.

use std::time::Duration;

use supabase_task::prelude::*;
use supabase_task::{QueueError, RunStatus};

use crate::stage::{Stage, until};
use crate::tasks::{hold, note};

#[tokio::test]
async fn only_old_runs_that_are_over_are_removed() {
    let stage = Stage::new().await;
    let worker = stage.worker().tasks(["note"]).start().unwrap();
    let [old, recent] = [1, 2].map(|number| note::trigger(&stage.queue, number));
    let (old, recent) = (old.await.unwrap(), recent.await.unwrap());
    old.wait().await.unwrap();
    recent.wait().await.unwrap();
    let open = hold::trigger(&stage.queue, "never".to_owned())
        .await
        .unwrap();
    worker.shutdown().await.unwrap();

    // Ids contain the time of creation, so an old run needs an old id.
    let aged: uuid::Uuid = sqlx::query_scalar(
        "update supabase_task.runs set
           id = overlay(id::text placing '01800000-0000' from 1 for 13)::uuid,
           finished_at = now() - interval '31 days'
         where id = $1 returning id",
    )
    .bind(*old.id().as_uuid())
    .fetch_one(&stage.pool)
    .await
    .unwrap();
    sqlx::query("update supabase_task.runs set id = overlay(id::text placing '01800000-0001' from 1 for 13)::uuid where id = $1")
        .bind(*open.id().as_uuid())
        .execute(&stage.pool)
        .await
        .unwrap();

    let removed: i64 = stage
        .scalar("select supabase_task.retain(interval '30 days')")
        .await;
    assert_eq!(removed, 1);
    let gone = stage.queue.retrieve(crate::stage::id(aged)).await;
    assert!(matches!(gone, Err(QueueError::NoSuchRun(_))), "{gone:?}");
    assert_eq!(recent.status().await.unwrap(), RunStatus::Completed);
    let left: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(left, 2);
}

#[tokio::test]
async fn a_run_expires_although_no_worker_has_its_task() {
    let stage = Stage::new().await;
    let worker = stage.worker().tasks(["note"]).start().unwrap();
    let expiring = hold::trigger(&stage.queue, "never".to_owned())
        .ttl(Duration::from_millis(200))
        .await
        .unwrap();
    let run = stage.status(expiring.id(), RunStatus::Expired).await;
    assert!(run.finished_at.is_some() && run.attempts.is_empty());
    let error = expiring.wait().await.unwrap_err();
    assert!(error.to_string().contains("EXPIRED"), "{error}");
    worker.shutdown().await.unwrap();

    // A worker that has the task finds its ticket and nothing to do.
    let all = stage.worker().start().unwrap();
    until("the ticket is gone", || async {
        let jobs: i64 = stage
            .scalar("select count(*) from supabase_task_jobs.jobs")
            .await;
        (jobs == 0).then_some(())
    })
    .await;
    assert_eq!(expiring.status().await.unwrap(), RunStatus::Expired);
    assert_eq!(stage.count(expiring.id(), "begun").await, 0);
    all.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_run_that_was_handed_back_still_expires() {
    let stage = Stage::new().await;
    let run = hold::trigger(&stage.queue, "never".to_owned())
        .ttl(Duration::from_secs(1))
        .await
        .unwrap();
    // A worker starts it, has to stop, and hands it back.
    for step in [
        "select supabase_task.redeem($1, 1, 'worker', false, null)::text",
        "select supabase_task.settle($1, 1, 0, 'INTERRUPTED', null, null, null, null, null)",
    ] {
        let done: Option<String> = sqlx::query_scalar(step)
            .bind(*run.id().as_uuid())
            .fetch_one(&stage.pool)
            .await
            .unwrap();
        assert!(done.is_some_and(|done| done != "STALE"), "{step}");
    }
    let error = run.wait().await.unwrap_err();
    assert!(error.to_string().contains("EXPIRED"), "{error}");
}

/// Another user's table refers to more of them than are tried at a time.
#[tokio::test]
async fn runs_that_cannot_be_removed_are_in_no_other_tasks_way() {
    let stage = Stage::new().await;
    stage
        .execute(
            "insert into supabase_task.runs (id, task_id, status, payload, queue, max_attempts, trace_id,
               finished_at)
             select ('01800000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
               case when n <= 2100 then 'a' else 'b' end, 'COMPLETED', '1', 'note', 1, repeat('0', 32),
               now() - interval '40 days'
             from generate_series(1, 2103) as n",
        )
        .await;
    stage
        .execute("create table stage.names (run uuid references supabase_task.runs (id))")
        .await;
    stage
        .execute("insert into stage.names select id from supabase_task.runs where task_id = 'a'")
        .await;
    let removed: i64 = stage
        .scalar("select supabase_task.retain(interval '30 days')")
        .await;
    assert_eq!(removed, 3);
}
