//! Whatever a row, a payload, a trigger or a job contains, it can fail only its own run.

use std::time::Duration;

use proptest::prelude::*;
use sqlx::{AssertSqlSafe, PgPool};
use supabase_task::engine::RunFilter;
use supabase_task::prelude::*;
use supabase_task::{RunStatus, engine::Run};
use uuid::Uuid;

use crate::odd::{self, Odd};
use crate::stage::{Stage, id, until};
use crate::tasks::note;

/// Tasks that end for any payload, one that no worker has, and queues with limits.
const TASKS: [&str; 7] = [
    "note", "keyed", "limited", "as-user", "step", "note", "nobody",
];

const ROWS: usize = 600;
const UPDATES: usize = 600;
const TRIGGERS: usize = 300;
const JOBS: usize = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_stored_fails_its_own_run_and_no_other() {
    let stage = Stage::new().await;
    let mut odd = Odd::new();
    let mut worker = stage.process_with(&[("ENGINE_CONCURRENCY", "4")]);
    stage_is_ready(&stage).await;
    let name = worker.worker_id().unwrap();

    let rows = insert(&stage.pool, &mut odd, &name).await;
    let updated = update(&stage.pool, &mut odd, &name, &rows).await;
    let triggered = trigger(&stage.pool, &mut odd).await;
    let jobs = add_jobs(&stage.pool, &mut odd, &rows).await;
    println!(
        "{} of {ROWS} rows, {updated} of {UPDATES} updates, {} of {TRIGGERS} triggers, {jobs} jobs",
        rows.len(),
        triggered.len()
    );
    assert!(rows.len() > ROWS / 4 && updated > UPDATES / 4 && triggered.len() > TRIGGERS / 4);

    let healthy = note::trigger_batch(&stage.queue, 0..20).await.unwrap();
    for (number, run) in healthy.iter().enumerate() {
        let run = stage.finished(run.id()).await;
        assert_eq!(run.output.unwrap().get(), number.to_string());
    }

    let all = listed(&stage).await;
    let stored: i64 = stage
        .scalar("select count(*) from supabase_task.runs")
        .await;
    assert_eq!(i64::try_from(all.len()).unwrap(), stored);
    stage.queue.stats().await.unwrap();
    for run in &all {
        stage.run(run.id).await;
    }
    for run in &triggered {
        let run = until(("it ends", run), || async {
            let run = stage.run(id(*run)).await;
            (run.finished_at.is_some() || run.run_at > chrono::Utc::now()).then_some(run)
        })
        .await;
        let failed = run.status == RunStatus::Failed;
        assert!(!failed || run.error.is_some(), "{run:?}");
    }
    let most: Option<i32> =
        sqlx::query_scalar("select max(ticket) from supabase_task.runs where id = any ($1)")
            .bind(&triggered)
            .fetch_one(&stage.pool)
            .await
            .unwrap();
    assert!(most < Some(50), "tickets go round in circles: {most:?}");

    maintenance_goes_on(&stage).await;
    assert!(worker.is_running(), "{}", worker.log());
    let log = worker.log();
    assert!(!log.contains("panicked"), "{log}");
    let troubles = log.matches("cannot be maintained").count();
    assert_eq!(troubles, 0, "{log}");
}

async fn stage_is_ready(stage: &Stage) {
    let run = note::trigger(&stage.queue, 1).await.unwrap();
    run.wait().await.unwrap();
}

/// Inserts valid rows with some odd columns. Returns the ids of those that the constraints accept.
async fn insert(pool: &PgPool, odd: &mut Odd, worker: &str) -> Vec<Uuid> {
    let mut stored = Vec::new();
    for _ in 0..ROWS {
        let task = odd.one(prop::sample::select(&TASKS[..]));
        let id = Uuid::from_u128(odd.one(any::<u128>()));
        let mut columns = vec![
            ("id", "uuid", Some(id.to_string())),
            ("task_id", "text", Some(task.to_owned())),
            ("payload", "json", Some("7".to_owned())),
            ("auth", "text", Some("service".to_owned())),
            ("queue", "text", Some(task.to_owned())),
            ("max_attempts", "integer", Some("2".to_owned())),
            ("trace_id", "text", Some(id.simple().to_string())),
        ];
        if odd.one(any::<bool>()) {
            columns.push(("ticket_at", "timestamptz", Some("now".to_owned())));
        } else if odd.one(any::<bool>()) {
            columns.push(("parked_at", "timestamptz", Some("now".to_owned())));
            columns.push(("parked_order", "bigint", Some("1".to_owned())));
        }
        for (column, kind, value) in odd.one(prop::collection::vec(odd::column(worker), 0..4)) {
            columns.retain(|(name, ..)| *name != column);
            columns.push((column, kind, value));
        }
        let names: Vec<_> = columns.iter().map(|(name, ..)| *name).collect();
        let values: Vec<_> = columns
            .iter()
            .enumerate()
            .map(|(index, (_, kind, _))| format!("${}::text::{kind}", index + 1))
            .collect();
        let sql = format!(
            "insert into supabase_task.runs ({}) values ({})",
            names.join(", "),
            values.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for (_, _, value) in columns {
            query = query.bind(value);
        }
        if query.execute(pool).await.is_ok() {
            stored.push(id);
        }
    }
    stored
}

async fn update(pool: &PgPool, odd: &mut Odd, worker: &str, rows: &[Uuid]) -> usize {
    let mut updated = 0;
    for _ in 0..UPDATES {
        let (column, kind, value) = odd.one(odd::column(worker));
        let sql =
            format!("update supabase_task.runs set {column} = $1::text::{kind} where id = $2");
        let query = sqlx::query(AssertSqlSafe(sql))
            .persistent(false)
            .bind(value)
            .bind(odd.one(prop::sample::select(rows.to_vec())));
        updated += usize::from(query.execute(pool).await.is_ok());
    }
    updated
}

async fn trigger(pool: &PgPool, odd: &mut Odd) -> Vec<Uuid> {
    let mut triggered = Vec::new();
    for _ in 0..TRIGGERS {
        let task = odd.one(prop::sample::select(&TASKS[..6]));
        let run: sqlx::Result<Uuid> =
            sqlx::query_scalar("select supabase_task.trigger($1, $2::text::json, $3::text::json)")
                .bind(task)
                .bind(odd.one(odd::json()))
                .bind(odd.one(odd::options()))
                .fetch_one(pool)
                .await;
        triggered.extend(run.ok());
    }
    triggered
}

/// Adds jobs that nearly look like tickets: one field of a real ticket's payload is different.
async fn add_jobs(pool: &PgPool, odd: &mut Odd, rows: &[Uuid]) -> usize {
    let mut added = 0;
    for _ in 0..JOBS {
        let ticket: Option<String> = sqlx::query_scalar(
            "select supabase_task.ticket_of(r, true)::text from supabase_task.runs r where id = $1",
        )
        .bind(odd.one(prop::sample::select(rows.to_vec())))
        .fetch_one(pool)
        .await
        .unwrap();
        let ticket: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&ticket.unwrap()).unwrap();
        let changed = odd.one(0..ticket.len());
        let fields: Vec<_> = ticket
            .iter()
            .enumerate()
            .map(|(index, (name, value))| match index == changed {
                true => format!("\"{name}\":{}", odd.one(odd::json())),
                false => format!("\"{name}\":{value}"),
            })
            .collect();
        let payload = match odd.one(0..4) {
            0 => odd.one(odd::json()),
            _ => format!("{{{}}}", fields.join(",")),
        };
        let query = sqlx::query(
            "select supabase_task_jobs.add_job($1, $2::text::json, run_at := $3::text::timestamptz,
               max_attempts := $4, priority := $5, flags := $6, job_key := $7)",
        )
        .bind(odd.one(prop::sample::select(&TASKS[..])))
        .bind(payload)
        .bind(odd.one(prop::sample::select(
            &["-infinity", "now", "1900-01-01", "infinity"][..],
        )))
        .bind(odd.one(prop::sample::select(&[1, 25, 32_767][..])))
        .bind(odd.one(prop::sample::select(&[-32_768, 0, 32_767][..])))
        .bind(odd.one(prop::option::of(prop::collection::vec(odd::text(), 0..2))))
        .bind(odd.one(prop::option::of(prop::sample::select(&["a", "b", "c"][..]))));
        added += usize::from(query.execute(pool).await.is_ok());
    }
    added
}

/// All runs, page by page.
async fn listed(stage: &Stage) -> Vec<Run> {
    let mut all: Vec<Run> = Vec::new();
    loop {
        let mut filter = RunFilter::new().limit(100);
        if let Some(last) = all.last() {
            filter = filter.before(last.id);
        }
        let page = stage.queue.runs(filter).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn maintenance_goes_on(stage: &Stage) {
    let expiring: Uuid = stage
        .scalar(
            "insert into supabase_task.runs (id, task_id, payload, queue, max_attempts, trace_id,
               expires_at, pending_expiry)
             values (supabase_task.new_run_id(), 'nobody', '1', 'nobody', 1, repeat('0', 32),
               now() + interval '0.2 seconds', now() + interval '0.2 seconds')
             returning id",
        )
        .await;
    stage.status(id(expiring), RunStatus::Expired).await;
    let delayed = note::trigger(&stage.queue, 5)
        .delay(Duration::from_millis(300))
        .await
        .unwrap();
    assert_eq!(delayed.wait().await.unwrap(), 5);
    let old: Uuid = stage
        .scalar(
            "insert into supabase_task.runs (id, task_id, status, payload, queue, max_attempts,
               trace_id, finished_at)
             values ('01800000-0000-7000-8000-000000000001', 'note', 'COMPLETED', '1', 'note', 1,
               repeat('0', 32), now() - interval '40 days')
             returning id",
        )
        .await;
    stage
        .execute("select supabase_task.retain(interval '30 days')")
        .await;
    assert!(stage.queue.retrieve(id(old)).await.is_err());
}

/// A row written by someone else must not refer to what belongs to another run.
#[tokio::test]
async fn a_row_that_names_the_ticket_of_another_run_withdraws_nothing() {
    let stage = Stage::new().await;
    let healthy = note::trigger(&stage.queue, 1).await.unwrap();
    let thief = note::trigger(&stage.queue, 2).await.unwrap();
    sqlx::query(
        "update supabase_task.runs set job_id = (
           select job_id from supabase_task.runs where id = $1) where id = $2",
    )
    .bind(*healthy.id().as_uuid())
    .bind(*thief.id().as_uuid())
    .execute(&stage.pool)
    .await
    .unwrap();
    thief.cancel().await.unwrap();
    let worker = stage.worker().start().unwrap();
    assert_eq!(healthy.wait().await.unwrap(), 1);
    assert_eq!(thief.status().await.unwrap(), RunStatus::Canceled);
    worker.shutdown().await.unwrap();
}

/// A trigger from Rust may send anything that the database can store.
#[tokio::test]
async fn a_payload_with_a_nul_is_kept_to_the_letter() {
    let stage = Stage::new().await;
    let runs = crate::tasks::hold::trigger_batch(
        &stage.queue,
        [
            "a\0b".to_owned(),
            "c".to_owned(),
            "\u{e000}\\u0000".to_owned(),
        ],
    )
    .await
    .unwrap();
    let first = stage.run(runs[0].id()).await;
    assert_eq!(first.payload.get(), r#""a\u0000b""#);
    assert_eq!(stage.run(runs[1].id()).await.payload.get(), "\"c\"");
}

/// Only the task's code can compute the key from a payload that came from SQL.
#[tokio::test]
async fn a_key_that_cannot_be_one_fails_its_run() {
    let stage = Stage::new().await;
    let worker = stage.ready_worker().await;
    for (key, reason) in [("k".repeat(257), "257"), ("\\u0000".to_owned(), "NUL")] {
        let payload = format!("{{\"key\": \"{key}\", \"milliseconds\": 1}}");
        let run: Uuid = sqlx::query_scalar("select supabase_task.trigger('keyed', $1::text::json)")
            .bind(payload)
            .fetch_one(&stage.pool)
            .await
            .unwrap();
        let run = stage.finished(id(run)).await;
        assert_eq!(run.status, RunStatus::Failed, "{reason}");
        let message = run.error.unwrap().message;
        assert!(message.contains(reason), "{message}");
    }
    worker.shutdown().await.unwrap();
}

/// A large payload is not in its ticket.
#[tokio::test]
async fn the_key_of_a_large_payload_from_sql_counts() {
    let stage = Stage::new().await;
    let worker = stage.worker().start().unwrap();
    let run = note::trigger(&stage.queue, 0).await.unwrap();
    run.wait().await.unwrap();
    let run: Uuid = stage
        .scalar(
            "select supabase_task.trigger('keyed', json_build_object(
               'key', 'k', 'milliseconds', 1, 'more', repeat('x', 5000)))",
        )
        .await;
    let run = stage.finished(id(run)).await;
    assert_eq!(run.status, RunStatus::Completed);
    assert_eq!(run.concurrency_key.as_deref(), Some("k"));
    worker.shutdown().await.unwrap();
}

/// Maintenance skips a row that it cannot change or remove.
#[tokio::test]
async fn a_row_that_takes_no_change_is_in_nobodys_way() {
    let stage = Stage::new().await;
    stage_has_a_rock(&stage).await;
    stage
        .execute(
            "insert into supabase_task.runs (id, task_id, status, payload, queue, max_attempts,
               trace_id, pending_expiry, ticket_at, finished_at, tags)
             select gen_random_uuid(), 'note', 'QUEUED', '1', 'note', 1, repeat('0', 32),
               now() - n * interval '1 minute', now() - interval '1 hour', null,
               case when n = 2 then '{rock}' else '{}' end::text[]
             from generate_series(1, 2) as n",
        )
        .await;
    let worker = stage.worker().start().unwrap();
    until("the other one has expired", || async {
        let expired: i64 = stage
            .scalar("select count(*) from supabase_task.runs where status = 'EXPIRED'")
            .await;
        (expired == 1).then_some(())
    })
    .await;
    let run = note::trigger(&stage.queue, 3).await.unwrap();
    assert_eq!(run.wait().await.unwrap(), 3);

    // Old runs. Another user's table refers to the first of them.
    stage
        .execute(
            "insert into supabase_task.runs (id, task_id, status, payload, queue, max_attempts,
               trace_id, finished_at)
             select ('01800000-0000-7000-8000-00000000000' || n)::uuid, 'note', 'COMPLETED', '1',
               'note', 1, repeat('0', 32), now() - interval '40 days'
             from generate_series(1, 3) as n",
        )
        .await;
    stage
        .execute("create table stage.names (run uuid references supabase_task.runs (id))")
        .await;
    stage
        .execute("insert into stage.names values ('01800000-0000-7000-8000-000000000001')")
        .await;
    let removed: i64 = stage
        .scalar("select supabase_task.retain(interval '30 days')")
        .await;
    assert_eq!(removed, 2);
    worker.shutdown().await.unwrap();
}

/// Adds a trigger that refuses every change to runs with this tag.
async fn stage_has_a_rock(stage: &Stage) {
    sqlx::raw_sql(
        "create function stage.stay() returns trigger language plpgsql as $$
         begin raise exception 'it stays as it is'; end $$;
         create trigger stay before update on supabase_task.runs
           for each row when ('rock' = any (old.tags)) execute function stage.stay();",
    )
    .execute(&stage.pool)
    .await
    .unwrap();
}
