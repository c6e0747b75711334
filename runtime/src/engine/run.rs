//! [`Run`]: what is known of a run.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::RunStatus;
use crate::auth::Principal;
use crate::task::{RunId, TaskError};

/// What is known of a run: its status, its attempts, what came of it.
///
/// It holds the payload and the output, which are your users' data. It never holds a token or a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// The run's id.
    pub id: RunId,
    /// The task's id.
    pub task_id: String,
    /// Where it stands.
    pub status: RunStatus,
    /// What the task is run with.
    pub payload: Box<RawValue>,
    /// Who it acts as. `None` for a run that was triggered from SQL and has not begun: who it acts
    /// as is in its payload, which only the task can read.
    pub principal: Option<Principal>,
    /// The queue it waits in.
    pub queue: String,
    /// Which of the queue's limits it counts for.
    pub concurrency_key: Option<String>,
    /// By how many seconds it is put before others that wait.
    pub priority: u32,
    /// How many attempts it has in all.
    pub max_attempts: u32,
    /// The attempts so far, the first one first.
    pub attempts: Vec<RunAttempt>,
    /// What the task returned, once it is completed.
    pub output: Option<Box<RawValue>>,
    /// Why it failed, once it failed.
    pub error: Option<RunFailure>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its metadata.
    pub metadata: Map<String, Value>,
    /// The idempotency key it was triggered with.
    pub idempotency_key: Option<String>,
    /// The trace it belongs to.
    pub trace_id: String,
    /// The run whose task triggered it.
    pub parent: Option<RunId>,
    /// When it was triggered.
    pub created_at: DateTime<Utc>,
    /// When its first or next attempt is due.
    pub run_at: DateTime<Utc>,
    /// When it expires if nobody has started it by then.
    pub expires_at: Option<DateTime<Utc>>,
    /// When its first attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it got its last status.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One attempt of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunAttempt {
    /// Which attempt it was, from 1. One that was interrupted does not count: the next one has the
    /// same number.
    pub number: u32,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// When it began. For a crash, when the run was handed to the process that died.
    pub started_at: DateTime<Utc>,
    /// When it ended. For a crash, when it was noticed.
    pub ended_at: DateTime<Utc>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunFailure>,
    /// The worker that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// It succeeded.
    Completed,
    /// It failed.
    Failed,
    /// It took longer than the task's `max_duration`.
    TimedOut,
    /// The process died.
    Crashed,
    /// The worker was stopped before it was done. It does not count.
    Interrupted,
    /// The run was cancelled meanwhile.
    Canceled,
}

/// Why a run or an attempt failed, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunFailure {
    /// What the error said: the first 1,000 characters, as in Trigger.dev.
    pub message: String,
    /// What the errors behind it said, the nearest one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// Whether the error said that no other attempt would help.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_abort: bool,
}

/// As in Trigger.dev.
const LONGEST_MESSAGE: usize = 1_000;

/// Deeper causes say little, and a cycle would never end.
const MOST_CAUSES: usize = 10;

impl RunFailure {
    pub(crate) fn new(message: &str) -> Self {
        Self {
            message: shortened(message),
            causes: Vec::new(),
            is_abort: false,
        }
    }

    pub(crate) fn of(error: &TaskError) -> Self {
        let first = std::error::Error::source(error);
        let causes = std::iter::successors(first, |error| error.source());
        Self {
            message: shortened(&error.to_string()),
            causes: causes
                .take(MOST_CAUSES)
                .map(|cause| shortened(&cause.to_string()))
                .collect(),
            is_abort: error.is_abort(),
        }
    }
}

/// PostgreSQL's `jsonb` takes no NUL.
fn shortened(message: &str) -> String {
    message
        .chars()
        .filter(|c| *c != '\0')
        .take(LONGEST_MESSAGE)
        .collect()
}

/// Which runs to list: the newest first.
#[derive(Clone, Debug, Default)]
#[must_use = "give it to `Queue::runs`"]
pub struct RunFilter {
    pub(crate) task_id: Option<String>,
    pub(crate) statuses: Vec<RunStatus>,
    pub(crate) tag: Option<String>,
    pub(crate) before: Option<RunId>,
    pub(crate) limit: Option<u32>,
}

impl RunFilter {
    /// Every run, up to the limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only runs of this task.
    pub fn task(mut self, id: impl Into<String>) -> Self {
        self.task_id = Some(id.into());
        self
    }

    /// Only runs of this status, or of one of those given.
    pub fn status(mut self, status: RunStatus) -> Self {
        self.statuses.push(status);
        self
    }

    /// Only runs with this tag.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Only runs made before this one: the last one of a page gives the next page.
    pub fn before(mut self, run: RunId) -> Self {
        self.before = Some(run);
        self
    }

    /// At most so many: 1 to 1,000. Default: 25.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn limit_or_default(&self) -> u32 {
        self.limit.unwrap_or(25).clamp(1, 1_000)
    }
}
