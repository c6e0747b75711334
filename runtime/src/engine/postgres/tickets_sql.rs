//! graphile_worker's statements about tickets, as this engine runs them.
//!
//! The version of graphile_worker is fixed, as this knows its tables; a statement that is not known here
//! is left as it is.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use graphile_worker::{DbCell, DbError, DbParams, DbRow, DbValue};
use serde_json::Value;
use sqlx::postgres::{PgArguments, PgPool};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres};

use super::worker::{Notice, Request};

/// Whether graphile_worker asks for tickets, and with what.
pub(super) fn request(sql: &str, params: &DbParams) -> Option<Request> {
    match params.values() {
        [
            DbValue::Text(locked_by),
            DbValue::I32Array(task_ids),
            DbValue::I32(most),
        ] if sql.contains("for update") && sql.trim_end().ends_with("returning *") => {
            Some(Request {
                locked_by: locked_by.clone(),
                task_ids: task_ids.clone(),
                most: usize::try_from(*most).unwrap_or(0),
            })
        }
        _ => None,
    }
}

/// A ticket as graphile_worker reads a job. What is in it stays here.
pub(super) fn job(notice: Notice, locked_by: &str, now: DateTime<Utc>) -> DbRow {
    let cells = [
        ("id", DbCell::I64(notice.job)),
        ("task_id", DbCell::I32(notice.task_id)),
        ("payload", DbCell::Json(Value::Null)),
        ("priority", DbCell::I16(0)),
        ("attempts", DbCell::I16(1)),
        ("max_attempts", DbCell::I16(25)),
        ("last_error", DbCell::Null),
        ("run_at", DbCell::TimestampTz(now)),
        ("created_at", DbCell::TimestampTz(now)),
        ("updated_at", DbCell::TimestampTz(now)),
        ("locked_at", DbCell::TimestampTz(now)),
        ("locked_by", DbCell::Text(locked_by.to_owned())),
        ("revision", DbCell::I32(0)),
        ("job_queue_id", DbCell::Null),
        ("key", DbCell::Null),
        ("flags", DbCell::Null),
    ];
    let cells = cells.map(|(name, cell)| (name.to_owned(), cell));
    DbRow::new(HashMap::from(cells))
}

/// The tickets that graphile_worker gives back, if it does: it has fetched them, and is about to end.
pub(super) fn given_back(sql: &str, params: &DbParams) -> Option<Vec<i64>> {
    match params.values() {
        [DbValue::Text(_), DbValue::I64Array(jobs)] if sql.contains("_private_return_jobs") => {
            Some(jobs.clone())
        }
        _ => None,
    }
}

/// The statement that removes tickets that are used up: those of runs without a history.
///
/// It does not wait for the disk: if the server crashes and one is there again, it runs once more.
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
