//! Jobs of graphile_worker that are not runs.

use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::prelude::*;

use crate::stage::{Stage, outcomes, until};
use crate::tasks::note;

/// Others may use graphile_worker in the same database and use the name of a task.
#[tokio::test]
async fn a_job_that_is_no_run_is_in_nobodys_way() {
    let stage = Stage::new().await;
    stage
        .execute(
            "select supabase_task_jobs.add_job('note', payload::json) from unnest(array[
               '{}', '[1]', 'null', '{\"run\": null}', '{\"run\": null, \"ticket\": 1}',
               '{\"run\": \"018f2f6e-5c1c-7000-8000-000000000000\"}'
             ]) as payload",
        )
        .await;
    stage
        .execute(
            "select supabase_task_jobs.add_job('note', '{}', flags := array['plain'], max_attempts := 1)",
        )
        .await;
    let worker = stage.process();
    for number in 0..20 {
        let run = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), number);
        assert_eq!(outcomes(&stage.run(run.id()).await), [(1, Completed)]);
    }
    // They fail like any job of graphile_worker, and the failure is logged.
    until("they have failed", || async {
        let failed: i64 = stage
            .scalar("select count(*) from supabase_task_jobs.jobs where last_error is not null")
            .await;
        (failed == 7).then_some(())
    })
    .await;
    let log = worker.log();
    assert!(log.contains("is no run of it"), "{log}");
}
