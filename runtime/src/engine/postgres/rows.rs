//! Rows of `supabase_task.runs` as [`Run`]s.
//!
//! A row is always readable, whatever SQL wrote into it, because a list must not fail due to one run. A value
//! that cannot be parsed is left out.

use std::borrow::Cow;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use sqlx::postgres::PgRow;
use sqlx::postgres::types::PgInterval;
use sqlx::{ColumnIndex, Row};
use uuid::Uuid;

use super::failure::failure;
use crate::UserId;
use crate::auth::{AuthKind, Principal, RoleName, StoredIdentity};
use crate::engine::{QueueError, Run, RunFailure, RunStatus};
use crate::run::RunId;

/// The columns that [`run`] reads, from a table named `r`.
pub(super) const COLUMNS: &str = "r.id, r.task_id, r.status, r.payload::text as payload, r.auth, \
    r.user_id, r.queue, r.concurrency_key, r.priority, r.max_attempts, r.attempts::text as attempts, \
    r.output::text as output, r.error::text as error, r.tags, r.metadata::text as metadata, \
    r.idempotency_key, r.trace_id, r.parent_run_id, r.created_at, r.run_at, r.expires_at, \
    r.started_at, r.finished_at, r.status = 'DELAYED' and r.run_at <= now() as is_due";

pub(super) fn run(row: &PgRow) -> Result<Run, QueueError> {
    let id = RunId::from(get::<Uuid>(row, "id")?);
    let error: Option<String> = get(row, "error")?;
    Ok(Run {
        id,
        task_id: get(row, "task_id")?,
        status: status(id, get(row, "status")?, get(row, "is_due")?)?,
        payload: raw(get(row, "payload")?),
        principal: stored(get(row, "auth")?, get(row, "user_id")?).principal(),
        queue: get(row, "queue")?,
        concurrency_key: get(row, "concurrency_key")?,
        priority: get::<i32>(row, "priority")?.unsigned_abs(),
        max_attempts: get::<i32>(row, "max_attempts")?.unsigned_abs(),
        attempts: each(get(row, "attempts")?),
        output: get::<Option<String>>(row, "output")?.map(raw),
        error: error
            .map(|text| serde_json::from_str(&text).unwrap_or_else(|_| RunFailure::new(&text))),
        tags: get(row, "tags")?,
        metadata: serde_json::from_str(get(row, "metadata")?).unwrap_or_default(),
        idempotency_key: get(row, "idempotency_key")?,
        trace_id: get(row, "trace_id")?,
        parent: get::<Option<Uuid>>(row, "parent_run_id")?.map(RunId::from),
        created_at: get(row, "created_at")?,
        run_at: get(row, "run_at")?,
        expires_at: get(row, "expires_at")?,
        started_at: get(row, "started_at")?,
        finished_at: get(row, "finished_at")?,
    })
}

/// Parses a status. A delayed run is queued once its time has come, but nothing changes its row then.
fn status(id: RunId, text: &str, is_due: bool) -> Result<RunStatus, QueueError> {
    match text.parse() {
        Ok(RunStatus::Delayed) if is_due => Ok(RunStatus::Queued),
        Ok(status) => Ok(status),
        Err(_) => Err(QueueError::Migration(format!(
            "the run {id} has the status `{text}`, which this version does not know: update the \
             library in this program"
        ))),
    }
}

/// What precedes a role's name in the column `auth`.
const ROLE: &str = "role:";

/// Reads the columns `auth` and `user_id`.
pub(super) fn stored(auth: Option<&str>, user: Option<Uuid>) -> StoredIdentity {
    let user = user.map(UserId::from);
    let principal = match (auth, user) {
        (Some("user"), None) => return StoredIdentity::AnyUser,
        (Some("user"), Some(user)) => Some(Principal::User(user)),
        (Some("service"), _) => Some(Principal::Service),
        (Some("anon"), _) => Some(Principal::Anon),
        (auth, user) => auth
            .and_then(|auth| auth.strip_prefix(ROLE))
            .and_then(RoleName::new)
            .map(|role| Principal::Role { role, user }),
    };
    principal.map_or(StoredIdentity::Unknown, StoredIdentity::Is)
}

/// Returns the values of the columns `auth` and `user_id`.
pub(super) fn auth(principal: Principal) -> (Cow<'static, str>, Option<Uuid>) {
    let user = principal.user().map(|user| *user.as_uuid());
    let auth = match principal {
        Principal::User(_) => auth_of(AuthKind::User, None),
        Principal::Service => auth_of(AuthKind::Service, None),
        Principal::Anon => auth_of(AuthKind::Anon, None),
        Principal::Role { role, .. } => auth_of(AuthKind::Role, Some(role)),
    };
    (auth, user)
}

/// Returns the value of the column `auth` of a run or a task.
pub(in crate::engine::postgres) fn auth_of(
    kind: AuthKind,
    role: Option<RoleName>,
) -> Cow<'static, str> {
    match role {
        Some(role) => format!("{ROLE}{role}").into(),
        None => kind.as_str().into(),
    }
}

/// Returns the value of a column, by its name or its position.
pub(super) fn get<'r, T>(row: &'r PgRow, column: impl ColumnIndex<PgRow>) -> Result<T, QueueError>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(column).map_err(failure)
}

/// Parses the items of a list, and leaves out those that cannot be parsed.
fn each<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let items = items.into_iter();
    items
        .filter_map(|item| serde_json::from_str(item.get()).ok())
        .collect()
}

/// Returns the exact text of a column of type `json`.
pub(super) fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

pub(in crate::engine::postgres) fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}
