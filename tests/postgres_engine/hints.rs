//! Any role may send a notification. It is only a hint to check the queue and changes nothing.

use supabase_task::RunStatus;
use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::prelude::*;
use uuid::Uuid;

use crate::stage::{Stage, outcomes};
use crate::tasks::{Work, hold, keyed, note};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_notifications_end_nothing() {
    let stage = Stage::new().await;
    let worker = stage.process_with(&[("ENGINE_CONCURRENCY", "4")]);
    let going_on = hold::trigger(&stage.queue, "go on".to_owned())
        .await
        .unwrap();
    stage.marked(going_on.id(), "begun", 1).await;
    let waiting = tokio::spawn({
        let going_on = going_on.clone();
        async move { going_on.wait().await }
    });
    let notes = note::trigger_batch(&stage.queue, 0..100).await.unwrap();
    let work = |number: u64| Work {
        key: (number % 3).to_string(),
        milliseconds: 1,
    };
    let limited = keyed::trigger_batch(&stage.queue, (0..20).map(work))
        .await
        .unwrap();
    let ids: Vec<Uuid> = [going_on.id()]
        .into_iter()
        .chain(notes.iter().map(|run| run.id()))
        .chain(limited.iter().map(|run| run.id()))
        .map(|run| *run.as_uuid())
        .collect();
    for round in 0..20 {
        sqlx::query(
            "select pg_notify('supabase_task', what || ' ' || id || case when $2 % 2 = 0 then '' else ' ' end)
               from unnest($1) as id,
                 unnest(array['ended', 'canceled', 'entered', 'parked', 'COMPLETED', '']) as what
             union all
             select pg_notify('jobs:insert', n::text) from generate_series(1, 100) as n
             union all
             select pg_notify('supabase_task', garbage || $2)
               from unnest(array['', ' ', 'parked keyed', 'canceled x', '{}', '💣', repeat('x', 7000)]) as garbage
             union all
             select pg_notify('supabase_task', 'canceled ' || gen_random_uuid())
               from generate_series(1, 600)",
        )
        .bind(&ids)
        .bind(round)
        .execute(&stage.pool)
        .await
        .unwrap();
    }
    for run in notes
        .iter()
        .map(|run| run.id())
        .chain(limited.iter().map(|run| run.id()))
    {
        assert_eq!(outcomes(&stage.finished(run).await), [(1, Completed)]);
    }
    assert!(!waiting.is_finished());
    stage.open("go on").await;
    assert_eq!(waiting.await.unwrap().unwrap(), "go on");
    assert_eq!(outcomes(&stage.run(going_on.id()).await), [(1, Completed)]);

    // A real notification still arrives.
    let canceled = hold::trigger(&stage.queue, "never".to_owned())
        .await
        .unwrap();
    stage.marked(canceled.id(), "begun", 1).await;
    canceled.cancel().await.unwrap();
    assert_eq!(
        stage.finished(canceled.id()).await.status,
        RunStatus::Canceled
    );
    let log = worker.log();
    let troubles = log.lines().filter(|line| !line.contains(" INFO ")).count();
    assert!(troubles < 5, "{log}");
}
