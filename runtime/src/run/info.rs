//! [`RunInfo`]: the data about a run that each attempt gets.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::RunId;

/// The data about a run that its task can read.
#[derive(Clone, Debug)]
pub(crate) struct RunInfo {
    pub(crate) id: RunId,
    pub(crate) max_attempts: u32,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) parent: Option<RunId>,
    pub(crate) trace_id: String,
    pub(crate) created_at: DateTime<Utc>,
}

impl RunInfo {
    /// Describes a run outside any engine: one attempt, now.
    pub(crate) fn direct() -> Self {
        let id = RunId::new();
        Self {
            id,
            max_attempts: 1,
            tags: Vec::new(),
            metadata: Map::new(),
            idempotency_key: None,
            parent: None,
            trace_id: id.trace_id(),
            created_at: Utc::now(),
        }
    }
}
