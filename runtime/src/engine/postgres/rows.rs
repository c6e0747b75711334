//! Rows of `supabase_task.runs` as [`Run`]s.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::postgres::PgRow;
use sqlx::{Row, types::Json};
use uuid::Uuid;

use super::database::failure;
use crate::UserId;
use crate::auth::Principal;
use crate::engine::{QueueError, Run, RunStatus};
use crate::task::RunId;

/// The columns that [`run`] reads.
pub(super) const COLUMNS: &str = "id, task_id, status, payload::text, auth, user_id, queue, \
    concurrency_key, priority, max_attempts, attempts, output::text, error, tags, metadata, \
    idempotency_key, trace_id, parent_run_id, created_at, run_at, expires_at, started_at, finished_at";

pub(super) fn run(row: &PgRow) -> Result<Run, QueueError> {
    let id = RunId::from(get::<Uuid>(row, "id")?);
    let run_at: DateTime<Utc> = get(row, "run_at")?;
    Ok(Run {
        id,
        task_id: get(row, "task_id")?,
        status: status(id, &get::<String>(row, "status")?, run_at)?,
        payload: raw(get(row, "payload")?)?,
        principal: principal(get(row, "auth")?, get(row, "user_id")?),
        queue: get(row, "queue")?,
        concurrency_key: get(row, "concurrency_key")?,
        priority: get::<i32>(row, "priority")?.unsigned_abs(),
        max_attempts: get::<i32>(row, "max_attempts")?.unsigned_abs(),
        attempts: json(row, "attempts")?,
        output: get::<Option<String>>(row, "output")?.map(raw).transpose()?,
        error: get::<Option<Json<_>>>(row, "error")?.map(|Json(error)| error),
        tags: get(row, "tags")?,
        metadata: json(row, "metadata")?,
        idempotency_key: get(row, "idempotency_key")?,
        trace_id: get(row, "trace_id")?,
        parent: get::<Option<Uuid>>(row, "parent_run_id")?.map(RunId::from),
        created_at: get(row, "created_at")?,
        run_at,
        expires_at: get(row, "expires_at")?,
        started_at: get(row, "started_at")?,
        finished_at: get(row, "finished_at")?,
    })
}

/// A run that was delayed is queued once its time has come; nothing changes its row then.
fn status(id: RunId, text: &str, run_at: DateTime<Utc>) -> Result<RunStatus, QueueError> {
    match text.parse() {
        Ok(RunStatus::Delayed) if run_at <= Utc::now() => Ok(RunStatus::Queued),
        Ok(status) => Ok(status),
        Err(_) => Err(QueueError::Migration(format!(
            "the run {id} has the status `{text}`, which this version does not know: update the \
             library in this program"
        ))),
    }
}

pub(super) fn principal(auth: Option<String>, user: Option<Uuid>) -> Option<Principal> {
    match (auth.as_deref(), user) {
        (Some("user"), Some(user)) => Some(Principal::User(UserId::from(user))),
        (Some("service"), _) => Some(Principal::Service),
        (Some("anon"), _) => Some(Principal::Anon),
        _ => None,
    }
}

pub(super) fn auth(principal: Principal) -> (&'static str, Option<Uuid>) {
    match principal {
        Principal::User(user) => ("user", Some(*user.as_uuid())),
        Principal::Service => ("service", None),
        Principal::Anon => ("anon", None),
    }
}

pub(super) fn get<'r, T>(row: &'r PgRow, column: &str) -> Result<T, QueueError>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(column).map_err(failure)
}

pub(super) fn json<T: DeserializeOwned + 'static>(
    row: &PgRow,
    column: &str,
) -> Result<T, QueueError> {
    get::<Json<T>>(row, column).map(|Json(value)| value)
}

pub(super) fn raw(text: String) -> Result<Box<RawValue>, QueueError> {
    // It comes from a column of type `json`.
    RawValue::from_string(text)
        .map_err(|error| QueueError::Migration(format!("a column of type json is none: {error}")))
}
