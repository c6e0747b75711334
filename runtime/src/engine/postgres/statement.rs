//! [`TriggerStatement`]: a trigger for the caller's own transaction, with any driver.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::rows;
use crate::engine::QueueError;
use crate::engine::new_run::NewRun;
use crate::run::RunId;

/// A trigger as one SQL statement with one parameter. Run it in your own transaction, with any
/// driver: the run exists if and only if the transaction commits.
///
/// ```
/// use supabase_task::prelude::*;
/// use supabase_task::Queue;
///
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Welcome { user_id: UserId }
/// #[supabase_task(auth = "user")]
/// async fn welcome(payload: Welcome, supabase: UserClient) -> TaskResult<()> {
///     Ok(())
/// }
///
/// # fn example(queue: &Queue, payload: Welcome) -> Result<(), supabase_task::QueueError> {
/// let trigger = welcome::trigger(queue, payload).statement()?;
/// // With tokio-postgres: transaction.execute(trigger.sql(), &[&trigger.parameter()]).await?;
/// println!("{} will run {}", trigger.sql(), trigger.run_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TriggerStatement {
    run_id: RunId,
    parameter: String,
}

impl TriggerStatement {
    pub(crate) fn new(run: &NewRun) -> Result<Self, QueueError> {
        Ok(Self {
            run_id: run.id,
            parameter: specs(std::slice::from_ref(run))?,
        })
    }

    /// Returns the statement. It returns one row: the run's id as `run_id`, and `is_cached`, which is true if
    /// the idempotency key was known; `run_id` is then the id of the existing run.
    pub fn sql(&self) -> &'static str {
        "select run_id, is_cached from supabase_task.enqueue($1::text::json)"
    }

    /// Returns the value of `$1`, a text.
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// Returns the id of the run, if a new one is stored.
    pub fn run_id(&self) -> RunId {
        self.run_id
    }
}

/// Returns new runs in the form that `supabase_task.enqueue` takes.
pub(super) fn specs(runs: &[NewRun]) -> Result<String, QueueError> {
    let specs: Vec<_> = runs.iter().map(Spec::of).collect();
    serde_json::to_string(&specs).map_err(|error| QueueError::Payload(error.into()))
}

/// A new run as `supabase_task.enqueue` takes it. It contains no token and no key.
#[derive(Debug, Serialize)]
struct Spec<'a> {
    id: Uuid,
    task_id: &'a str,
    /// As text, so that the rest of the run can be read whatever the payload contains.
    payload: &'a str,
    auth: Cow<'static, str>,
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
    delay_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ttl_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_ttl_ms: Option<i64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    tags: &'a [String],
    #[serde(skip_serializing_if = "Map::is_empty")]
    metadata: &'a Map<String, Value>,
    trace_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_run_id: Option<Uuid>,
}

impl<'a> Spec<'a> {
    fn of(run: &'a NewRun) -> Self {
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
pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
