//! Lists of runs.

use std::time::Duration;

use supabase_task::RunStatus;
use supabase_task::engine::RunFilter;
use supabase_task::prelude::*;

use crate::stage::Stage;
use crate::tasks::note;

/// Nothing changes the row of a delayed run when its time comes, and while no worker is there, nobody issues
/// its ticket.
#[tokio::test]
async fn a_run_that_became_due_while_no_worker_was_there_is_listed_as_queued() {
    let stage = Stage::new().await;
    let day = Duration::from_secs(86_400);
    let due = note::trigger(&stage.queue, 1)
        .delay(day)
        .await
        .unwrap()
        .id();
    let later = note::trigger(&stage.queue, 2)
        .delay(day)
        .await
        .unwrap()
        .id();
    sqlx::query(
        "update supabase_task.runs
         set run_at = now() - interval '1 hour', ticket_at = now() - interval '61 minutes' where id = $1",
    )
    .bind(*due.as_uuid())
    .execute(&stage.pool)
    .await
    .unwrap();

    let listed = async |filter: RunFilter| -> Vec<_> {
        let runs = stage.queue.runs(filter).await.unwrap();
        runs.iter().map(|run| (run.id, run.status)).collect()
    };
    let both = [(later, RunStatus::Delayed), (due, RunStatus::Queued)];
    assert_eq!(listed(RunFilter::new()).await, both);
    assert_eq!(listed(RunFilter::new().task("note")).await, both);
    for filter in [RunFilter::new(), RunFilter::new().task("note")] {
        let of = |status| filter.clone().status(status);
        assert_eq!(listed(of(RunStatus::Queued)).await, both[1..]);
        assert_eq!(listed(of(RunStatus::Delayed)).await, both[..1]);
    }
    assert!(listed(RunFilter::new().task("hold")).await.is_empty());
}
