//! [`Spec`]: a new run as `supabase_task.enqueue` takes it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::rows;
use crate::engine::new_run::NewRun;

/// A new run as `supabase_task.enqueue` takes it. It contains no token and no key.
#[derive(Debug, Serialize)]
pub(super) struct Spec<'a> {
    id: Uuid,
    task_id: &'a str,
    /// As text, so that the rest of the run can be read whatever the payload contains.
    payload: &'a str,
    auth: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<Uuid>,
    queue: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    concurrency_key: Option<&'a str>,
    priority: u32,
    max_attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_ttl_ms: Option<u64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: &'a Map<String, Value>,
    trace_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_run_id: Option<Uuid>,
}

impl<'a> Spec<'a> {
    pub(super) fn of(run: &'a NewRun) -> Self {
        let (auth, user_id) = rows::auth(run.principal);
        let idempotency = run.idempotency.as_ref();
        Self {
            id: *run.id.as_uuid(),
            task_id: &run.task_id,
            payload: run.payload.get(),
            auth,
            user_id,
            queue: &run.queue,
            concurrency_key: run.concurrency_key.as_deref(),
            priority: run.priority,
            max_attempts: run.max_attempts,
            run_at: run.run_at,
            delay_ms: run.delay.map(milliseconds),
            ttl_ms: run.ttl.map(milliseconds),
            idempotency_key: idempotency.map(|idempotency| idempotency.key.as_str()),
            idempotency_ttl_ms: idempotency.map(|idempotency| milliseconds(idempotency.ttl)),
            tags: &run.tags,
            metadata: &run.metadata,
            trace_id: &run.trace_id,
            parent_run_id: run.parent.map(|parent| *parent.as_uuid()),
        }
    }
}

/// Returns a duration in milliseconds. Options are a year at most, which fits.
pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
