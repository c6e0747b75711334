//! [`NewRun`]: a run that is about to be stored.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::auth::Principal;
use crate::run::RunId;

/// A run to be stored.
#[derive(Clone, Debug)]
pub(crate) struct NewRun {
    /// Made by whoever triggers: sending it twice stores it once.
    pub(crate) id: RunId,
    pub(crate) task_id: String,
    pub(crate) payload: Box<RawValue>,
    pub(crate) principal: Principal,
    pub(crate) queue: String,
    pub(crate) concurrency_key: Option<String>,
    pub(crate) priority: u32,
    pub(crate) max_attempts: u32,
    /// `None`: at once. Never both this and `delay`.
    pub(crate) run_at: Option<DateTime<Utc>>,
    /// From now on the engine's clock, which need not be this machine's.
    pub(crate) delay: Option<Duration>,
    /// Counted from when it is stored, as in Trigger.dev.
    pub(crate) ttl: Option<Duration>,
    pub(crate) idempotency: Option<Idempotency>,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) trace_id: String,
    pub(crate) parent: Option<RunId>,
}

#[derive(Clone, Debug)]
pub(crate) struct Idempotency {
    pub(crate) key: String,
    pub(crate) ttl: Duration,
}

/// What became of a [`NewRun`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Enqueued {
    /// Of the run that is there; another one's where the idempotency key was known.
    pub(crate) id: RunId,
    /// Whether the run was there before.
    pub(crate) is_cached: bool,
}
