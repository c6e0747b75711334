//! [`TriggerOptions`]: how a run is to be run, said when it is triggered.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

use super::QueueError;
use super::backend::{Idempotency, NewRun};
use crate::auth::Principal;
use crate::task::{Prepared, RetryPolicy, RunId, Task, TaskEntry, TaskError, TaskOptions};

/// How a run is to be run: each option goes before what the task's attribute says.
///
/// The methods of a trigger set the same; this is for
/// [`trigger_batch_with`](crate::Task::trigger_batch_with), where each run has its own, and for
/// [`Queue::trigger`](super::Queue::trigger).
#[derive(Clone, Debug, Default)]
#[must_use = "give it to a trigger"]
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

/// The longest delay and time to live: a year, so that adding it to the time of day cannot overflow.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

// Trigger.dev's limits.
const LONGEST_KEY: usize = 2048;
const MOST_TAGS: usize = 10;
const LONGEST_TAG: usize = 128;
const MOST_METADATA: usize = 256 * 1024;
const MOST_PAYLOAD: usize = 3 * 1024 * 1024;

impl TriggerOptions {
    /// Nothing but what the task says.
    pub fn new() -> Self {
        Self::default()
    }

    /// The run begins this long from now, by the queue's clock. Default: at once.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self.run_at = None;
        self
    }

    /// The run begins at this time: a `SystemTime` or a `chrono::DateTime<Utc>`. A time that has
    /// passed is now.
    pub fn run_at(mut self, time: impl Into<DateTime<Utc>>) -> Self {
        self.run_at = Some(time.into());
        self.delay = None;
        self
    }

    /// Triggering the task again with the same key gives the run that is there. Keys are per task,
    /// at most 2,048 bytes. A run that failed gives its key back; one that completed or was
    /// cancelled keeps it.
    pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    /// How long the idempotency key is kept. Default: 30 days.
    pub fn idempotency_ttl(mut self, ttl: Duration) -> Self {
        self.idempotency_ttl = Some(ttl);
        self
    }

    /// Adds tags: at most 10 of at most 128 characters each.
    pub fn tags<I>(mut self, tags: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// What else is to be known of the run: anything that is an object in JSON, up to 256 KB.
    pub fn metadata(mut self, metadata: impl Serialize) -> Self {
        self.metadata = Some(match serde_json::to_value(metadata) {
            Ok(Value::Object(metadata)) => Ok(metadata),
            Ok(_) => Err("it is not an object in JSON, with a key for each value".to_owned()),
            Err(error) => Err(format!("it cannot be written as JSON: {error}")),
        });
        self
    }

    /// By how many seconds the run is put before others that wait: as if it had been triggered that
    /// much earlier, up to a year. It does not make a delayed run early.
    pub fn priority(mut self, seconds: u32) -> Self {
        self.priority = Some(seconds);
        self
    }

    /// How many attempts the run has in all: 1 to 250.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// How long the run may wait to be started before it expires, counted from now also when it is
    /// delayed. Zero: for ever.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Which of the queue's limits the run counts for: each key has its own.
    pub fn concurrency_key(mut self, key: impl Into<String>) -> Self {
        self.concurrency_key = Some(key.into());
        self
    }

    /// The trace the run belongs to: 32 hexadecimal digits, as W3C's trace context has them.
    /// Default: one of its own.
    pub fn trace_id(mut self, id: impl Into<String>) -> Self {
        self.trace_id = Some(id.into());
        self
    }

    /// The run that triggers this one, and its trace.
    pub(crate) fn child_of(mut self, parent: RunId, trace_id: &str) -> Self {
        self.parent = Some((parent, trace_id.to_owned()));
        self
    }

    /// The run to be stored for a task of this program.
    pub(crate) fn run_of<T: Task>(self, payload: &T::Payload) -> Result<NewRun, QueueError> {
        let prepared = Prepared::of::<T>(payload).map_err(QueueError::Payload)?;
        let queue = T::OPTIONS
            .queue_options()
            .map_or(T::ID, |queue| queue.name());
        self.run(T::ID, queue, &T::OPTIONS, prepared)
    }

    /// The same from a payload without its type.
    pub(crate) fn run_of_entry(
        self,
        task: &TaskEntry,
        payload: Box<serde_json::value::RawValue>,
    ) -> Result<NewRun, QueueError> {
        let prepared = task.prepare(payload).map_err(QueueError::Payload)?;
        self.run(task.id(), task.queue(), task.options(), prepared)
    }

    fn run(
        self,
        task_id: &str,
        queue: &str,
        task: &TaskOptions,
        prepared: Prepared,
    ) -> Result<NewRun, QueueError> {
        self.check(&prepared)?;
        somebody(task_id, prepared.principal)?;
        let id = RunId::new();
        let (parent, parents_trace) = self.parent.unzip();
        let metadata = self
            .metadata
            .transpose()
            .map_err(|reason| QueueError::Option(format!("the metadata: {reason}")))?;
        let ttl = self.ttl.or(task.time_to_live());
        Ok(NewRun {
            id,
            task_id: task_id.to_owned(),
            payload: prepared.payload,
            principal: prepared.principal,
            queue: queue.to_owned(),
            concurrency_key: self.concurrency_key.or(prepared.concurrency_key),
            priority: self.priority.unwrap_or(task.priority_seconds()),
            max_attempts: self.max_attempts.unwrap_or(task.retry_policy().attempts()),
            run_at: self.run_at,
            delay: self.delay.filter(|delay| !delay.is_zero()),
            ttl: ttl.filter(|ttl| !ttl.is_zero()),
            idempotency: self.idempotency_key.map(|key| Idempotency {
                key,
                ttl: self.idempotency_ttl.unwrap_or(IDEMPOTENCY_TTL),
            }),
            tags: self.tags,
            metadata: metadata.unwrap_or_default(),
            trace_id: self
                .trace_id
                .or(parents_trace)
                .unwrap_or_else(|| id.trace_id()),
            parent,
        })
    }

    fn check(&self, prepared: &Prepared) -> Result<(), QueueError> {
        let refuse = |reason: String| Err(QueueError::Option(reason));
        let size = prepared.payload.get().len();
        if size > MOST_PAYLOAD {
            return refuse(format!(
                "the payload has {size} bytes as JSON, and {MOST_PAYLOAD} are the most: put what \
                 is large into Storage and its path into the payload"
            ));
        }
        match &self.idempotency_key {
            Some(key) if key.is_empty() => return refuse("the idempotency key is empty".into()),
            Some(key) if key.len() > LONGEST_KEY => {
                return refuse(format!(
                    "the idempotency key has {} bytes, and {LONGEST_KEY} are the most: use a hash",
                    key.len()
                ));
            }
            None if self.idempotency_ttl.is_some() => {
                return refuse(
                    "idempotency_ttl without an idempotency_key: there is no key to keep".into(),
                );
            }
            _ => {}
        }
        if self.tags.len() > MOST_TAGS {
            return refuse(format!(
                "{} tags, and {MOST_TAGS} are the most",
                self.tags.len()
            ));
        }
        if let Some(tag) = self
            .tags
            .iter()
            .find(|tag| tag.is_empty() || tag.chars().count() > LONGEST_TAG || tag.contains('\0'))
        {
            return refuse(format!(
                "the tag {tag:?}: a tag has 1 to {LONGEST_TAG} characters"
            ));
        }
        if let Some(Ok(metadata)) = &self.metadata {
            let size = serde_json::to_string(metadata).map_or(0, |json| json.len());
            if size > MOST_METADATA {
                return refuse(format!(
                    "the metadata has {size} bytes as JSON, and {MOST_METADATA} are the most"
                ));
            }
        }
        if let Some(attempts) = self.max_attempts
            && !(1..=RetryPolicy::MOST_ATTEMPTS).contains(&attempts)
        {
            return refuse(format!(
                "max_attempts is {attempts}, and can be 1 to {}",
                RetryPolicy::MOST_ATTEMPTS
            ));
        }
        if let Some(seconds) = self.priority
            && u64::from(seconds) > LONGEST.as_secs()
        {
            return refuse(format!(
                "priority is {seconds} seconds, which is more than a year"
            ));
        }
        for (name, duration) in [
            ("delay", self.delay),
            ("ttl", self.ttl),
            ("idempotency_ttl", self.idempotency_ttl),
        ] {
            if duration.is_some_and(|duration| duration > LONGEST) {
                return refuse(format!("{name} is longer than a year"));
            }
        }
        if let Some(time) = self.run_at
            && (time - Utc::now())
                .to_std()
                .is_ok_and(|ahead| ahead > LONGEST)
        {
            return refuse("run_at is more than a year from now".into());
        }
        let is_trace = |id: &String| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        match &self.trace_id {
            Some(id) if !is_trace(id) => {
                refuse(format!("the trace id {id:?} is not 32 hexadecimal digits"))
            }
            _ => Ok(()),
        }
    }
}

/// A UUID of zeros is what a field that was never set looks like, and no user has it.
fn somebody(task_id: &str, principal: Principal) -> Result<(), QueueError> {
    match principal {
        Principal::User(user) if user.as_uuid().is_nil() => {
            Err(QueueError::Payload(TaskError::abort(format!(
                "the payload of task `{task_id}` names the user {user}, which is nobody: its user \
                 id was not filled in"
            ))))
        }
        _ => Ok(()),
    }
}

/// Gives a builder that holds [`TriggerOptions`] their methods.
macro_rules! trigger_options {
    () => {
        /// The run begins this long from now, by the queue's clock. Default: at once.
        pub fn delay(mut self, delay: std::time::Duration) -> Self {
            self.options = self.options.delay(delay);
            self
        }

        /// The run begins at this time: a `SystemTime` or a `chrono::DateTime<Utc>`. A time that
        /// has passed is now.
        pub fn run_at(mut self, time: impl Into<chrono::DateTime<chrono::Utc>>) -> Self {
            self.options = self.options.run_at(time);
            self
        }

        /// Triggering the task again with the same key gives the run that is there. Keys are per
        /// task, at most 2,048 bytes. A run that failed gives its key back; one that completed or
        /// was cancelled keeps it.
        pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
            self.options = self.options.idempotency_key(key);
            self
        }

        /// How long the idempotency key is kept. Default: 30 days.
        pub fn idempotency_ttl(mut self, ttl: std::time::Duration) -> Self {
            self.options = self.options.idempotency_ttl(ttl);
            self
        }

        /// Adds tags: at most 10 of at most 128 characters each.
        pub fn tags<I>(mut self, tags: I) -> Self
        where
            I: IntoIterator,
            I::Item: Into<String>,
        {
            self.options = self.options.tags(tags);
            self
        }

        /// What else is to be known of the run: anything that is an object in JSON, up to 256 KB.
        pub fn metadata(mut self, metadata: impl serde::Serialize) -> Self {
            self.options = self.options.metadata(metadata);
            self
        }

        /// By how many seconds the run is put before others that wait: as if it had been triggered
        /// that much earlier, up to a year. It does not make a delayed run early.
        pub fn priority(mut self, seconds: u32) -> Self {
            self.options = self.options.priority(seconds);
            self
        }

        /// How many attempts the run has in all: 1 to 250.
        pub fn max_attempts(mut self, attempts: u32) -> Self {
            self.options = self.options.max_attempts(attempts);
            self
        }

        /// How long the run may wait to be started before it expires, counted from now also when it
        /// is delayed. Zero: for ever.
        pub fn ttl(mut self, ttl: std::time::Duration) -> Self {
            self.options = self.options.ttl(ttl);
            self
        }

        /// Which of the queue's limits the run counts for: each key has its own.
        pub fn concurrency_key(mut self, key: impl Into<String>) -> Self {
            self.options = self.options.concurrency_key(key);
            self
        }

        /// The trace the run belongs to: 32 hexadecimal digits, as W3C's trace context has them.
        /// Default: one of its own.
        pub fn trace_id(mut self, id: impl Into<String>) -> Self {
            self.options = self.options.trace_id(id);
            self
        }
    };
}
pub(crate) use trigger_options;
