//! The instructions for on-call engineers in docs/engine.md: each query runs and does what it says.

use sqlx::AssertSqlSafe;
use supabase_task::RunStatus;
use supabase_task::prelude::*;
use uuid::Uuid;

use crate::stage::Stage;
use crate::tasks::note;

const DOCS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/engine.md"));

/// The queries of the section of that name.
fn queries() -> Vec<&'static str> {
    let (_, section) = DOCS.split_once("```sql").expect("there are queries");
    let (queries, _) = section.split_once("```").expect("they end");
    queries.split_inclusive(";\n").map(str::trim).collect()
}

/// The code in a row of the section "Putting it right".
fn remedy(what: &str) -> &'static str {
    let row = DOCS
        .lines()
        .find(|line| line.starts_with(&format!("| {what}")))
        .unwrap_or_else(|| panic!("no row is about {what:?}"));
    let mut codes = row.split('`').skip(1).step_by(2);
    codes
        .find(|code| {
            ["select ", "update ", "delete "]
                .iter()
                .any(|verb| code.starts_with(verb))
        })
        .unwrap_or_else(|| panic!("no SQL is in {row:?}"))
}

#[tokio::test]
async fn each_query_can_be_asked() {
    let stage = Stage::with_tasks().await;
    note::trigger(&stage.queue, 1).await.unwrap();
    let queries = queries();
    assert_eq!(queries.len(), 6);
    for query in &queries {
        let rows = sqlx::query(AssertSqlSafe((*query).to_owned()))
            .fetch_all(&stage.pool)
            .await;
        let rows = rows.unwrap_or_else(|error| panic!("{query}: {error}"));
        // There are open runs and tickets, and no worker.
        let is_empty = !query.contains("Open runs") && !query.contains("-- Tickets");
        assert_eq!(rows.is_empty(), is_empty, "{query}");
    }
}

#[tokio::test]
async fn a_run_without_a_ticket_is_found_and_given_one() {
    let stage = Stage::with_tasks().await;
    let run = note::trigger(&stage.queue, 1).await.unwrap();
    sqlx::query(
        "with run as (
           update supabase_task.runs set run_at = now() - interval '2 minutes' where id = $1
           returning job_id)
         select supabase_task_jobs.complete_jobs(array_agg(job_id)) from run",
    )
    .bind(*run.id().as_uuid())
    .execute(&stage.pool)
    .await
    .unwrap();
    let lost = *queries().last().unwrap();
    let found: Uuid = sqlx::query_scalar(lost)
        .fetch_one(&stage.pool)
        .await
        .unwrap();
    assert_eq!(found, *run.id().as_uuid());

    let sql = remedy("give an open run a new ticket").replace("'ID'", &format!("'{found}'"));
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&stage.pool)
        .await
        .unwrap();
    let worker = stage.worker().start().unwrap();
    assert_eq!(run.wait().await.unwrap(), 1);
    worker.shutdown().await.unwrap();
}

#[tokio::test]
async fn runs_are_cancelled_and_removed_and_a_limit_is_changed() {
    let stage = Stage::with_tasks().await;
    let run = note::trigger(&stage.queue, 1).await.unwrap();
    let one = remedy("cancel a run").replace("'ID'", &format!("'{}'", run.id()));
    sqlx::raw_sql(AssertSqlSafe(one))
        .execute(&stage.pool)
        .await
        .unwrap();
    assert_eq!(run.status().await.unwrap(), RunStatus::Canceled);

    let more = note::trigger_batch(&stage.queue, [2, 3]).await.unwrap();
    let many = remedy("cancel many").replace("'…'", "'note'");
    sqlx::raw_sql(AssertSqlSafe(many))
        .execute(&stage.pool)
        .await
        .unwrap();
    for run in &more {
        assert_eq!(run.status().await.unwrap(), RunStatus::Canceled);
    }

    let limit = remedy("change a limit").replace("'…'", "'limited'");
    let changed = sqlx::raw_sql(AssertSqlSafe(limit))
        .execute(&stage.pool)
        .await
        .unwrap();
    assert_eq!(changed.rows_affected(), 1);

    let remove = remedy("remove runs").replace('…', "now()");
    sqlx::raw_sql(AssertSqlSafe(remove))
        .execute(&stage.pool)
        .await
        .unwrap();
    let left: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(left, 0);
}
