//! Workers that have only some of the tasks.

use supabase_task::RunStatus;
use supabase_task::prelude::*;

use crate::stage::Stage;
use crate::tasks::{hold, note};

#[tokio::test]
async fn a_worker_leaves_the_runs_of_tasks_it_lacks_alone() {
    let stage = Stage::new().await;
    stage.open("gate").await;
    let few = stage.worker().tasks(["note"]).start().unwrap();
    let other = hold::trigger(&stage.queue, "gate".to_owned())
        .await
        .unwrap();
    // Triggered later than the other run, and completed before it.
    for number in 0..3 {
        let own = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(own.wait().await.unwrap(), number);
    }
    let run = other.retrieve().await.unwrap();
    assert_eq!((run.status, run.attempts.len()), (RunStatus::Queued, 0));
    let touched: bool = stage
        .scalar(
            "select exists (select from supabase_task_jobs.jobs
             where task_identifier = 'hold' and (attempts > 0 or locked_at is not null))",
        )
        .await;
    assert!(!touched);

    let all = stage.worker().start().unwrap();
    assert_eq!(other.wait().await.unwrap(), "gate");
    few.shutdown().await.unwrap();
    all.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_old_worker_leaves_a_task_that_it_never_heard_of_alone() {
    let stage = Stage::new().await;
    let old = stage.worker().start().unwrap();
    note::trigger(&stage.queue, 1)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    // As a newer program registers its tasks.
    stage
        .execute(
            "insert into supabase_task.tasks (id, auth, queue, priority, max_attempts)
             values ('newer', 'service', 'newer', 0, 3)",
        )
        .await;
    let id: uuid::Uuid = stage.scalar("select supabase_task.trigger('newer')").await;
    for number in 0..3 {
        let own = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(own.wait().await.unwrap(), number);
    }
    let run = stage.run(crate::stage::id(id)).await;
    assert_eq!((run.status, run.attempts.len()), (RunStatus::Queued, 0));

    // The old worker does not unregister it for the others either.
    old.shutdown().await.unwrap();
    let again = stage.worker().start().unwrap();
    note::trigger(&stage.queue, 1)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    again.shutdown().await.unwrap();
    let known: bool = stage
        .scalar("select exists (select from supabase_task.tasks where id = 'newer')")
        .await;
    assert!(known);
}
