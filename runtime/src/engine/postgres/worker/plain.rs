//! [`PlainRun`]: a run without a history, which is all in its ticket.

use chrono::Utc;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::database::failure;
use super::super::rows;
use super::fetch::BeginRow;
use crate::engine::{QueueError, RunStatus};
use crate::task::{RunId, RunInfo};

use super::super::store::Postgres;

/// A run without a history, as `supabase_task.enqueue_plain` put it into its ticket.
#[derive(Clone, Debug)]
pub(super) struct PlainRun(Box<RawValue>);

#[derive(Deserialize)]
struct Ticket {
    run: Uuid,
    plain: Box<RawValue>,
}

/// What an attempt needs of it.
#[derive(Deserialize)]
struct Fields {
    payload: Box<RawValue>,
    auth: Option<String>,
    user_id: Option<Uuid>,
    max_attempts: u32,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    metadata: Map<String, Value>,
    trace_id: String,
    parent_run_id: Option<Uuid>,
}

impl PlainRun {
    /// From its ticket.
    pub(super) fn read(ticket: &str) -> Option<(RunId, Self)> {
        let Ticket { run, plain } = serde_json::from_str(ticket).ok()?;
        Some((run.into(), Self(plain)))
    }

    /// As if it had been read from its row.
    pub(super) fn row(&self, run: RunId) -> Result<BeginRow, QueueError> {
        let unreadable = |error: serde_json::Error| {
            QueueError::Migration(format!("the ticket of run {run} cannot be read: {error}"))
        };
        let fields: Fields = serde_json::from_str(self.0.get()).map_err(unreadable)?;
        Ok(BeginRow {
            status: RunStatus::Queued,
            ticket: 1,
            attempt: 0,
            payload: fields.payload,
            principal: rows::principal(fields.auth, fields.user_id),
            concurrency_key: None,
            expires_at: None,
            info: RunInfo {
                id: run,
                max_attempts: fields.max_attempts,
                tags: fields.tags,
                metadata: fields.metadata,
                idempotency_key: None,
                parent: fields.parent_run_id.map(RunId::from),
                trace_id: fields.trace_id,
                created_at: created_at(run),
            },
        })
    }

    /// Gives it a row, without a new ticket.
    pub(super) async fn keep(&self, engine: &Postgres) -> Result<(), QueueError> {
        sqlx::query("select supabase_task.store(json_build_array($1::text::json), false)")
            .bind(self.0.get())
            .execute(&engine.connections.pool)
            .await
            .map_err(failure)
            .map(drop)
    }

    /// Its ticket was in the hands of a worker that died.
    pub(super) async fn lost(&self, engine: &Postgres) -> Result<(), QueueError> {
        sqlx::query("select supabase_task.lost($1::text::json)")
            .bind(self.0.get())
            .execute(&engine.connections.pool)
            .await
            .map_err(failure)
            .map(drop)
    }
}

/// The time is in the id.
fn created_at(run: RunId) -> chrono::DateTime<Utc> {
    let timestamp = run.as_uuid().get_timestamp();
    let seconds = timestamp.and_then(|time| i64::try_from(time.to_unix().0).ok());
    seconds
        .and_then(|seconds| chrono::DateTime::from_timestamp(seconds, 0))
        .unwrap_or_else(Utc::now)
}
