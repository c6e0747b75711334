//! [`Ticket`]: the contents of a job of graphile_worker, which are everything that an attempt needs to begin.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::super::connections::Query;
use super::super::rows;
use crate::auth::StoredIdentity;
use crate::run::{RunId, RunInfo};

/// A ticket for one attempt of a run.
///
/// It is a fencing token. A worker that stalled may be declared dead while it still runs an attempt; its
/// tickets are then delivered to other workers. Each attempt has a ticket with a new number, and each
/// delivery of a ticket after a loss has a new delivery number. The run's row has the newest of both, and an
/// outcome counts only with the same numbers, so whatever the stalled worker still writes changes nothing.
#[derive(Debug)]
pub(super) struct Ticket {
    pub(super) fence: Fence,
    pub(super) task_id: String,
    /// How many attempts counted so far.
    pub(super) attempt: u32,
    /// `None` if it is large: then only the run's row has it.
    pub(super) payload: Option<Box<RawValue>>,
    pub(super) stored: StoredIdentity,
    pub(super) queue: String,
    pub(super) concurrency_key: Option<String>,
    /// When the run expires, if it has not begun before.
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) info: RunInfo,
}

/// A queue and one of its concurrency keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct QueueKey {
    pub(super) queue: Arc<str>,
    pub(super) key: Arc<str>,
}

impl QueueKey {
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self {
            queue: ticket.queue.as_str().into(),
            // In the database's form, in which an empty key differs from no key.
            key: match &ticket.concurrency_key {
                Some(key) => format!(":{key}").into(),
                None => "".into(),
            },
        }
    }
}

/// A fencing token: identifies one delivery of one ticket of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fence {
    pub(super) run: RunId,
    pub(super) ticket: i32,
    pub(super) delivery: i32,
}

impl Fence {
    /// Returns it as the values of three columns.
    pub(super) fn columns(&self) -> (Uuid, i32, i32) {
        (*self.run.as_uuid(), self.ticket, self.delivery)
    }

    /// Binds it as the next three parameters of a statement.
    pub(super) fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let (run, ticket, delivery) = self.columns();
        query.bind(run).bind(ticket).bind(delivery)
    }
}

/// The JSON that `supabase_task.ticket` writes, without values that are null or empty.
#[derive(Deserialize)]
struct Body {
    run: Uuid,
    task: String,
    ticket: i32,
    delivery: i32,
    attempt: u32,
    payload: Option<String>,
    auth: Option<String>,
    user_id: Option<Uuid>,
    queue: String,
    concurrency_key: Option<String>,
    max_attempts: u32,
    #[serde(default)]
    tags: Vec<String>,
    metadata: Option<String>,
    idempotency_key: Option<String>,
    parent_run_id: Option<Uuid>,
    trace_id: String,
    /// In microseconds since 1970.
    created_at: i64,
    expires_at: Option<i64>,
}

impl Ticket {
    /// Parses the text of a job. Returns `None` if it is not a ticket.
    pub(super) fn read(text: &str) -> Option<Self> {
        let body: Body = serde_json::from_str(text).ok()?;
        let run = RunId::from(body.run);
        let metadata = body.metadata.as_deref();
        Some(Self {
            fence: Fence {
                run,
                ticket: body.ticket,
                delivery: body.delivery,
            },
            task_id: body.task,
            attempt: body.attempt,
            // If the text cannot be read, the attempt fails later.
            payload: body.payload.map(rows::raw),
            stored: rows::stored(body.auth.as_deref(), body.user_id),
            queue: body.queue,
            concurrency_key: body.concurrency_key,
            expires_at: body.expires_at.and_then(DateTime::from_timestamp_micros),
            info: RunInfo {
                id: run,
                max_attempts: body.max_attempts,
                tags: body.tags,
                metadata: metadata
                    .and_then(|text| serde_json::from_str(text).ok())
                    .unwrap_or_default(),
                idempotency_key: body.idempotency_key,
                parent: body.parent_run_id.map(RunId::from),
                trace_id: body.trace_id,
                created_at: DateTime::from_timestamp_micros(body.created_at)?,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Principal;

    #[test]
    fn what_is_no_ticket_is_none() {
        for text in ["", "null", "{}", "[1]", "\"text\"", r#"{"run": "x"}"#] {
            assert!(Ticket::read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_payload_is_kept_to_the_letter() {
        let ticket = |payload: &str, created_at: i64| {
            let text = serde_json::json!({
                "run": RunId::new().as_uuid(), "task": "t", "ticket": 2, "delivery": 1, "attempt": 3,
                "payload": payload, "auth": "service", "queue": "q", "max_attempts": 5,
                "tags": ["a"], "metadata": "{\"n\": 1}", "trace_id": "t", "created_at": created_at,
            });
            Ticket::read(&text.to_string())
        };
        let payload = "{\"a\" : 1e400, \"b\":\"\\u0000\"}";
        let read = ticket(payload, 1_764_441_172_250_000).unwrap();
        assert_eq!(read.payload.unwrap().get(), payload);
        assert_eq!(read.stored, StoredIdentity::Is(Principal::Service));
        assert_eq!(read.info.metadata["n"], 1);
        assert_eq!(read.info.created_at.timestamp_millis(), 1_764_441_172_250);
        // Deep enough to overflow the stack of a recursive parser.
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(ticket(&deep, 0).unwrap().payload.unwrap().get(), deep);
        assert_eq!(ticket("no JSON", 0).unwrap().payload.unwrap().get(), "null");
        assert!(ticket("1", i64::MAX).is_none());
    }
}
