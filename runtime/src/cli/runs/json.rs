//! A run as JSON, for machines. The fields are stable; more may be added.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::auth::Principal;
use crate::engine::{Run, RunAttempt, RunFailure};

/// A run without the data in it.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    id: String,
    task_id: &'a str,
    status: &'static str,
    /// `null` for a run from SQL that has not begun.
    auth: Option<&'static str>,
    /// The role of a run whose `auth` is `role`.
    role: Option<String>,
    user_id: Option<String>,
    queue: &'a str,
    concurrency_key: Option<&'a str>,
    priority: u32,
    max_attempts: u32,
    attempts: &'a [RunAttempt],
    error: Option<&'a RunFailure>,
    tags: &'a [String],
    idempotency_key: Option<&'a str>,
    trace_id: &'a str,
    parent: Option<String>,
    created_at: DateTime<Utc>,
    run_at: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    started_at: Option<DateTime<Utc>>,
    finished_at: Option<DateTime<Utc>>,
}

/// All of a run.
#[derive(Serialize)]
pub(super) struct Whole<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    payload: &'a RawValue,
    metadata: &'a Map<String, Value>,
    output: Option<&'a RawValue>,
}

impl<'a> From<&'a Run> for Summary<'a> {
    fn from(run: &'a Run) -> Self {
        let (auth, user_id) = match run.principal {
            None => (None, None),
            Some(Principal::User(user)) => (Some("user"), Some(user.to_string())),
            Some(Principal::Service) => (Some("service"), None),
            Some(Principal::Anon) => (Some("anon"), None),
            Some(Principal::Role { user, .. }) => (Some("role"), user.map(|user| user.to_string())),
        };
        let role = match run.principal {
            Some(Principal::Role { role, .. }) => Some(role.to_string()),
            _ => None,
        };
        Self {
            id: run.id.to_string(),
            task_id: &run.task_id,
            status: run.status.as_str(),
            auth,
            role,
            user_id,
            queue: &run.queue,
            concurrency_key: run.concurrency_key.as_deref(),
            priority: run.priority,
            max_attempts: run.max_attempts,
            attempts: &run.attempts,
            error: run.error.as_ref(),
            tags: &run.tags,
            idempotency_key: run.idempotency_key.as_deref(),
            trace_id: &run.trace_id,
            parent: run.parent.map(|parent| parent.to_string()),
            created_at: run.created_at,
            run_at: run.run_at,
            expires_at: run.expires_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
        }
    }
}

impl<'a> From<&'a Run> for Whole<'a> {
    fn from(run: &'a Run) -> Self {
        Self {
            summary: run.into(),
            payload: &run.payload,
            metadata: &run.metadata,
            output: run.output.as_deref(),
        }
    }
}
