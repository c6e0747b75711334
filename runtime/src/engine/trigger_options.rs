//! [`TriggerOptions`]: the options of a run, set when it is triggered.

mod methods;
#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) use self::methods::{object, trigger_options};
use super::new_run::{Idempotency, NewRun};
use super::registry::{Prepared, TaskEntry};
use super::{QueueError, check};
use crate::run::limits::LONGEST;
use crate::run::{RunId, TaskOptions};

/// The options of a run. Each one takes precedence over the task's attribute.
///
/// Triggers have the same methods. Use this type with
/// [`trigger_batch_with`](crate::Task::trigger_batch_with), where each run has its own options, and with
/// [`Queue::trigger`](super::Queue::trigger).
#[derive(Clone, Debug, Default)]
#[must_use = "pass it to a trigger"]
pub struct TriggerOptions {
    pub(crate) delay: Option<Duration>,
    pub(crate) run_at: Option<DateTime<Utc>>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) idempotency_ttl: Option<Duration>,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: Option<Result<Map<String, Value>, String>>,
    pub(crate) priority: Option<u32>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) concurrency_key: Option<String>,
    pub(crate) trace_id: Option<String>,
    pub(crate) parent: Option<(RunId, String)>,
}

/// How long an idempotency key is kept: 30 days, as in Trigger.dev.
const IDEMPOTENCY_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl TriggerOptions {
    /// Creates options that change nothing: the task's attribute applies.
    pub fn new() -> Self {
        Self::default()
    }

    trigger_options!(self => self);

    /// Sets the run that triggers this one, and its trace.
    pub(crate) fn child_of(mut self, parent: RunId, trace_id: &str) -> Self {
        self.parent = Some((parent, trace_id.to_owned()));
        self
    }

    /// Makes the run to be stored for a task, from an untyped payload.
    pub(crate) fn run_of_entry(
        self,
        task: &TaskEntry,
        payload: Box<RawValue>,
    ) -> Result<NewRun, QueueError> {
        // Checked before parsing: the parser has its own limits, with less helpful errors.
        check::payload(payload.get()).map_err(QueueError::InvalidOption)?;
        let prepared = task.prepare(payload).map_err(QueueError::Payload)?;
        self.run(task.id(), task.queue(), task.options(), prepared)
    }

    /// Makes the run to be stored, from a payload that was already parsed.
    pub(crate) fn run(
        self,
        task_id: &str,
        queue: &str,
        task: &TaskOptions,
        prepared: Prepared,
    ) -> Result<NewRun, QueueError> {
        let id = RunId::new();
        let idempotency = idempotency(self.idempotency_key, self.idempotency_ttl)?;
        let metadata = self
            .metadata
            .transpose()
            .map_err(QueueError::InvalidOption)?;
        if let Some(trace_id) = &self.trace_id {
            check::trace_id(trace_id).map_err(QueueError::InvalidOption)?;
        }
        let (parent, parents_trace) = self.parent.unzip();
        let ttl = self.ttl.or(task.time_to_live());
        let run = NewRun {
            id,
            task_id: task_id.to_owned(),
            payload: prepared.payload,
            principal: prepared.principal,
            queue: queue.to_owned(),
            concurrency_key: self.concurrency_key.or(prepared.concurrency_key),
            priority: self.priority.unwrap_or(task.priority_seconds()),
            max_attempts: self.max_attempts.unwrap_or(task.retry_policy().attempts()),
            run_at: self.run_at.map(|time| time.max(long_ago())),
            delay: self.delay.filter(|delay| !delay.is_zero()),
            ttl: ttl.filter(|ttl| !ttl.is_zero()),
            idempotency,
            tags: self.tags,
            metadata: metadata.unwrap_or_default(),
            trace_id: self
                .trace_id
                .or(parents_trace)
                .unwrap_or_else(|| id.trace_id()),
            parent,
        };
        // Checks the whole run, because some of its values come from the task.
        check::run(&run).map_err(QueueError::InvalidOption)?;
        Ok(run)
    }
}

/// A time that is surely in the past for every queue, and that PostgreSQL can represent, unlike the
/// earliest `DateTime`.
pub(super) fn long_ago() -> DateTime<Utc> {
    Utc::now() - LONGEST
}

fn idempotency(
    key: Option<String>,
    ttl: Option<Duration>,
) -> Result<Option<Idempotency>, QueueError> {
    match (key, ttl) {
        (Some(key), ttl) => Ok(Some(Idempotency {
            key,
            ttl: ttl.unwrap_or(IDEMPOTENCY_TTL),
        })),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(QueueError::InvalidOption(
            "idempotency_ttl without an idempotency_key: there is no key to keep".to_owned(),
        )),
    }
}
