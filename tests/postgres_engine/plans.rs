//! How the database finds what it is asked for.

use sqlx::FromRow;
use supabase_task::prelude::*;

use crate::stage::{Stage, until};
use crate::tasks::note;

/// How many runs wait at once.
const BACKLOG: u64 = 3_000;

/// How often a statement is planned anew before its plan is kept.
const PLANNED: u64 = 10;

#[derive(Debug, FromRow)]
struct Reads {
    changes: i64,
    in_sequence: i64,
}

async fn reads(stage: &Stage, table: &str) -> Reads {
    sqlx::query_as(
        "select n_tup_upd + n_tup_del as changes, seq_tup_read as in_sequence
         from pg_stat_user_tables where relid = $1::regclass",
    )
    .bind(table)
    .fetch_one(&stage.pool)
    .await
    .unwrap()
}

/// Plans are made while there is hardly a run, and kept. Reading all of a table is the cheapest then;
/// with a backlog each batch would read all of it again.
#[tokio::test]
async fn a_backlog_is_not_read_again_and_again() {
    let stage = Stage::new().await;
    let mut worker = stage.process_with(&[("ENGINE_CONCURRENCY", "10")]);
    for number in 0..PLANNED {
        let run = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), number);
    }
    let handles = note::trigger_batch(&stage.queue, 0..BACKLOG).await.unwrap();
    for handle in &handles {
        stage.finished(handle.id()).await;
    }
    // Its connections tell what they have read at the latest when they are closed.
    worker.signal("TERM").await;
    assert!(worker.ended().await.success(), "{}", worker.log());

    for table in ["supabase_task.runs", "graphile_worker._private_jobs"] {
        let reads = until("the reads are counted", || async {
            let reads = reads(&stage, table).await;
            // Each run is completed, and each ticket taken.
            (reads.changes >= BACKLOG as i64).then_some(reads)
        })
        .await;
        println!("{table}: {reads:?}");
        // A batch is ten runs, so there are three hundred of them, each of which would read half of the
        // backlog. What looks after the queue four times a second may read it all.
        assert!(
            reads.in_sequence < 50 * BACKLOG as i64,
            "{table}: {reads:?}"
        );
    }
}
