//! The query plans of the engine's statements.

use sqlx::FromRow;
use supabase_task::prelude::*;

use crate::stage::{Stage, until};
use crate::tasks::note;

/// How many runs wait at once.
const BACKLOG: u64 = 3_000;

/// How often a statement is planned again before its plan is kept.
const PLANNED: u64 = 10;

#[derive(Debug, FromRow)]
struct Reads {
    changes: i64,
    in_sequence: i64,
    by_index: i64,
}

async fn reads(stage: &Stage, table: &str) -> Reads {
    sqlx::query_as(
        "select n_tup_upd + n_tup_del as changes, seq_tup_read as in_sequence,
           (select sum(i.idx_tup_read)::bigint from pg_stat_user_indexes i
            where i.relid = $1::regclass) as by_index
         from pg_stat_user_tables where relid = $1::regclass",
    )
    .bind(table)
    .fetch_one(&stage.pool)
    .await
    .unwrap()
}

/// Plans are made while there is hardly a run, and are then kept. At that time, a sequential scan is the
/// cheapest; with a backlog, each batch would read the whole table again.
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
    // Its connections report their reads no later than when they are closed.
    worker.signal("TERM").await;
    assert!(worker.ended().await.success(), "{}", worker.log());

    for table in ["supabase_task.runs", "supabase_task_jobs._private_jobs"] {
        let reads = until("the reads are counted", || async {
            let reads = reads(&stage, table).await;
            // Each run was completed, and each ticket taken.
            (reads.changes >= BACKLOG as i64).then_some(reads)
        })
        .await;
        println!("{table}: {reads:?}");
        // A batch is ten runs, so there are three hundred batches, each of which would read half of the
        // backlog. The maintenance that runs four times a second may read all of it.
        assert!(
            reads.in_sequence < 50 * BACKLOG as i64,
            "{table}: {reads:?}"
        );
    }
}

/// How many jobs wait when plans were made for tables that PostgreSQL considered empty.
const DEEP_BACKLOG: u64 = 10_000;

/// Autovacuum analyzes a queue when it is empty. In a plan for an empty table, every join order costs the
/// same, and one of them reads all jobs for each batch.
#[tokio::test]
async fn a_backlog_is_not_read_again_and_again_after_the_tables_were_analyzed_empty() {
    let stage = Stage::new().await;
    let mut worker = stage.process_with(&[("ENGINE_CONCURRENCY", "50")]);
    for number in 0..PLANNED {
        let run = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), number);
    }
    stage.execute("vacuum analyze").await;
    for number in 0..PLANNED {
        let run = note::trigger(&stage.queue, number).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), number);
    }
    let handles = note::trigger_batch(&stage.queue, 0..DEEP_BACKLOG)
        .await
        .unwrap();
    let stored = (handles.len() as u64 + 2 * PLANNED) as i64;
    // The others are nearly done by then. Counting them continuously would account for most of the reads.
    stage.finished(handles[handles.len() - 1].id()).await;
    until("all runs are completed", || async {
        let completed = "select count(*) from supabase_task.runs where status = 'COMPLETED'";
        (stage.scalar::<i64>(completed).await == stored).then_some(())
    })
    .await;
    worker.signal("TERM").await;
    assert!(worker.ended().await.success(), "{}", worker.log());

    for table in ["supabase_task.runs", "supabase_task_jobs._private_jobs"] {
        let reads = until("the reads are counted", || async {
            let reads = reads(&stage, table).await;
            (reads.changes >= stored).then_some(reads)
        })
        .await;
        println!("{table}: {reads:?}");
        // There are 200 batches, each of which would read the remaining jobs.
        assert!(
            reads.in_sequence + reads.by_index < 50 * DEEP_BACKLOG as i64,
            "{table}: {reads:?}"
        );
    }
}

/// A statement of graphile_worker's heartbeat has no index. In a session without sequential scans, its
/// estimated cost is so high that PostgreSQL starts parallel processes for it: every few seconds, for each
/// worker, and for empty tables.
#[tokio::test]
async fn a_heartbeat_starts_no_processes() {
    let stage = Stage::new().await;
    // Records its plan instead of running it.
    sqlx::raw_sql(
        "create table stage.plan (line text);
         alter function supabase_task_jobs.list_orphan_locked_workers(interval) rename to original;
         create function supabase_task_jobs.list_orphan_locked_workers(stale_threshold interval)
         returns table (worker_id text) language plpgsql as $$
         declare
           line text;
         begin
           for line in execute 'explain ' || (
               select replace(prosrc, 'stale_threshold', 'interval ''1 minute''') from pg_proc
               where oid = 'supabase_task_jobs.original(interval)'::regprocedure) loop
             insert into stage.plan values (line);
           end loop;
         end $$",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
    let _worker = stage.worker().start().unwrap();
    let plan = until("a worker asks for orphans", || async {
        let lines = "select array_agg(line) from stage.plan";
        stage.scalar::<Option<Vec<String>>>(lines).await
    })
    .await;
    let has = |what| plan.iter().any(|line| line.contains(what));
    assert!(has("Scan on _private_jobs"), "{plan:#?}");
    assert!(!has("Gather"), "{plan:#?}");
}
