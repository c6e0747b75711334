//! graphile_worker's statements about tickets, as this engine runs them.
//!
//! They do the same in less time. The version of graphile_worker is fixed, as this knows its tables;
//! a statement that is not known here is left as it is.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use graphile_worker::{DbCell, DbError, DbParams, DbRow, DbValue};
use serde_json::Value;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, Row};

/// Hands tickets to this worker.
///
/// This is what graphile_worker's own statement comes to for jobs that have no queue of its, no key
/// and no flags, as no ticket has. It does not wait for the disk. If the *server* crashes in the next
/// moments, and forgets whose the tickets are, others are handed them as well; what came of a run is
/// still written down once.
const FETCH: &str = "
    update graphile_worker._private_jobs as jobs
    set attempts = jobs.attempts + 1, locked_by = $1, locked_at = now()
    where jobs.id = any (array(
        select id from graphile_worker._private_jobs
        where is_available and run_at <= now() and task_id = any ($2) and job_queue_id is null
        order by priority, run_at
        limit $3
        for update skip locked))
      and (select set_config('synchronous_commit', 'off', true)) is not null
    returning id, task_id, payload::text, priority, attempts, max_attempts, last_error, run_at";

/// A worker asks for tickets.
#[derive(Debug)]
pub(super) struct Fetch {
    worker: String,
    task_ids: Vec<i32>,
    most: i32,
}

impl Fetch {
    /// `None` if it is another statement.
    pub(super) fn of(sql: &str, params: &DbParams) -> Option<Self> {
        match params.values() {
            [
                DbValue::Text(worker),
                DbValue::I32Array(task_ids),
                DbValue::I32(most),
            ] if sql.contains("for update") && sql.trim_end().ends_with("returning *") => {
                Some(Self {
                    worker: worker.clone(),
                    task_ids: task_ids.clone(),
                    most: *most,
                })
            }
            _ => None,
        }
    }

    pub(super) async fn run(self, pool: &PgPool) -> Result<Vec<DbRow>, DbError> {
        let rows = sqlx::query(FETCH)
            .bind(&self.worker)
            .bind(&self.task_ids)
            .bind(self.most)
            .fetch_all(pool)
            .await?;
        let now = Utc::now();
        let job = |row| job(row, &self.worker, now);
        Ok(rows.iter().map(job).collect::<Result<_, sqlx::Error>>()?)
    }
}

/// A ticket as graphile_worker reads it. Its payload stays the text that it is, for
/// [`Ticket`](super::ticket::Ticket) to parse.
fn job(row: &PgRow, worker: &str, now: DateTime<Utc>) -> Result<DbRow, sqlx::Error> {
    let run_at: DateTime<Utc> = row.try_get(7)?;
    let last_error: Option<String> = row.try_get(6)?;
    let cells = [
        ("id", DbCell::I64(row.try_get(0)?)),
        ("task_id", DbCell::I32(row.try_get(1)?)),
        ("payload", DbCell::Json(Value::String(row.try_get(2)?))),
        ("priority", DbCell::I16(row.try_get(3)?)),
        ("attempts", DbCell::I16(row.try_get(4)?)),
        ("max_attempts", DbCell::I16(row.try_get(5)?)),
        ("last_error", last_error.map_or(DbCell::Null, DbCell::Text)),
        ("run_at", DbCell::TimestampTz(run_at)),
        ("created_at", DbCell::TimestampTz(run_at)),
        ("updated_at", DbCell::TimestampTz(now)),
        ("locked_at", DbCell::TimestampTz(now)),
        ("locked_by", DbCell::Text(worker.to_owned())),
        ("revision", DbCell::I32(0)),
        ("job_queue_id", DbCell::Null),
        ("key", DbCell::Null),
        ("flags", DbCell::Null),
    ];
    let cells = cells.map(|(name, cell)| (name.to_owned(), cell));
    Ok(DbRow::new(HashMap::from(cells)))
}

/// Whether it removes tickets: every way in which graphile_worker does.
pub(super) fn is_removal(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("delete from")
}

/// The statement that removes tickets that are used up.
///
/// It does not wait for the disk either: if the server crashes and one is there again, its run says
/// that it is over (one without a history runs once more).
#[derive(Debug)]
pub(super) struct Removal {
    sql: String,
    pub(super) jobs: Vec<i64>,
}

impl Removal {
    /// `None` if it is another statement.
    pub(super) fn of(sql: &str, params: &DbParams) -> Option<Self> {
        let [DbValue::I64Array(jobs)] = params.values() else {
            return None;
        };
        let sql = sql.trim();
        let is_it =
            sql.starts_with("DELETE FROM ") && sql.ends_with("WHERE id = ANY($1::bigint[])");
        is_it.then(|| Self {
            // Holds for the statement's transaction alone.
            sql: format!(
                "{sql} and (select set_config('synchronous_commit', 'off', true)) is not null"
            ),
            jobs: jobs.clone(),
        })
    }

    pub(super) async fn run(self, pool: &PgPool) -> Result<u64, DbError> {
        let query: Query<'_, Postgres, PgArguments> = sqlx::query(AssertSqlSafe(self.sql));
        let done = query.bind(self.jobs).execute(pool).await?;
        Ok(done.rows_affected())
    }
}
