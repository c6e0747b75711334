//! [`Run`]: everything known about a run.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::RunStatus;
use crate::auth::Principal;
use crate::run::limits::{MAX_CAUSES, MAX_MESSAGE_CHARS};
use crate::run::{RunId, TaskError};

/// Everything known about a run: its status, its attempts and its result.
///
/// It contains the payload and the output, which are your users' data. It never contains a token or a key.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run {
    /// The run's id.
    pub id: RunId,
    /// The task's id.
    pub task_id: String,
    /// The run's status.
    pub status: RunStatus,
    /// The task's payload.
    pub payload: Box<RawValue>,
    /// The identity the run acts as. `None` for a run that was triggered from SQL and has not started:
    /// its payload determines the identity, and only the task can read that.
    pub principal: Option<Principal>,
    /// The name of the run's queue.
    pub queue: String,
    /// The concurrency key: the queue's limit applies to each key separately.
    pub concurrency_key: Option<String>,
    /// The run's head start over other waiting runs, in seconds.
    pub priority: u32,
    /// How many attempts the run has in total.
    pub max_attempts: u32,
    /// The attempts so far, oldest first.
    pub attempts: Vec<RunAttempt>,
    /// The task's output, once the run has completed.
    pub output: Option<Box<RawValue>>,
    /// Why the run failed, once it has failed.
    pub error: Option<RunFailure>,
    /// The run's tags.
    pub tags: Vec<String>,
    /// The run's metadata.
    pub metadata: Map<String, Value>,
    /// The idempotency key the run was triggered with.
    pub idempotency_key: Option<String>,
    /// The id of the trace the run belongs to.
    pub trace_id: String,
    /// The run whose task triggered it.
    pub parent: Option<RunId>,
    /// When the run was triggered.
    pub created_at: DateTime<Utc>,
    /// When the first or next attempt is due.
    pub run_at: DateTime<Utc>,
    /// When the run expires if it has not started by then.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the first attempt started.
    pub started_at: Option<DateTime<Utc>>,
    /// When the run got its final status.
    pub finished_at: Option<DateTime<Utc>>,
}

/// One attempt of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunAttempt {
    /// The attempt's number, counted from 1. An interrupted attempt does not count: the next one has the
    /// same number.
    pub number: u32,
    /// How the attempt ended.
    pub outcome: AttemptOutcome,
    /// When the attempt started. For a crash, when the run was handed to the process that died.
    pub started_at: DateTime<Utc>,
    /// When the attempt ended. For a crash, when it was noticed.
    pub ended_at: DateTime<Utc>,
    /// Why the attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<RunFailure>,
    /// The worker that ran the attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// The attempt succeeded.
    Completed,
    /// The attempt failed.
    Failed,
    /// The attempt took longer than the task's `max_duration`.
    TimedOut,
    /// The process that ran the attempt died.
    Crashed,
    /// The worker was stopped before the attempt ended. The attempt does not count.
    Interrupted,
    /// The run was cancelled during the attempt.
    Canceled,
}

/// Why a run or an attempt failed, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunFailure {
    /// The error's text: the first 1,000 characters, as in Trigger.dev, without NUL characters.
    pub message: String,
    /// The texts of the error's sources, nearest first: at most ten, each shortened like the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
    /// Whether the error was an abort: another attempt would not help.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_abort: bool,
}

impl RunFailure {
    pub(crate) fn new(message: &str) -> Self {
        Self {
            message: shortened(&message),
            causes: Vec::new(),
            is_abort: false,
        }
    }

    /// Survives a panic while the error is formatted, which runs the application's code.
    pub(crate) fn of(error: &TaskError) -> Self {
        let failure = AssertUnwindSafe(|| Self {
            message: shortened(error),
            causes: causes(error),
            is_abort: false,
        });
        let panicked = "the task failed, and formatting its error panicked";
        let failure = catch_unwind(failure).unwrap_or_else(|_| Self::new(panicked));
        let is_abort = error.is_abort();
        Self {
            is_abort,
            ..failure
        }
    }
}

fn causes(error: &TaskError) -> Vec<String> {
    let first = error.source();
    std::iter::successors(first, |&error| error.source())
        .take(MAX_CAUSES)
        .map(|cause| shortened(&cause))
        .collect()
}

/// Returns the first [`MAX_MESSAGE_CHARS`] of an error's text, without the NUL characters that
/// PostgreSQL's `jsonb` cannot store. Never holds more than these in memory.
fn shortened(text: &dyn fmt::Display) -> String {
    let mut start = Start {
        text: String::new(),
        left: MAX_MESSAGE_CHARS,
    };
    // An error comes from the `Display` implementation; what it wrote before is kept.
    let _ = write!(start, "{text}");
    start.text
}

/// Keeps the start of a text while it is written.
struct Start {
    text: String,
    left: usize,
}

impl fmt::Write for Start {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let before = self.text.len();
        let part = part.chars().filter(|c| *c != '\0').take(self.left);
        self.text.extend(part);
        let written = self.text.get(before..).unwrap_or_default();
        self.left = self.left.saturating_sub(written.chars().count());
        Ok(())
    }
}

/// Selects the runs to list, newest first.
#[derive(Clone, Debug, Default)]
#[must_use = "pass it to `Queue::runs`"]
pub struct RunFilter {
    pub(crate) task_id: Option<String>,
    pub(crate) statuses: Vec<RunStatus>,
    pub(crate) tag: Option<String>,
    pub(crate) before: Option<RunId>,
    pub(crate) limit: Option<u32>,
}

impl RunFilter {
    /// Selects every run, up to the limit.
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects only runs of this task.
    pub fn task(mut self, id: impl Into<String>) -> Self {
        self.task_id = Some(id.into());
        self
    }

    /// Selects only runs with this status. Call it several times to select any of several statuses.
    pub fn status(mut self, status: RunStatus) -> Self {
        self.statuses.push(status);
        self
    }

    /// Selects only runs with this tag.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Selects only runs created before this one. Pass the last run of a page to get the next page.
    pub fn before(mut self, run: RunId) -> Self {
        self.before = Some(run);
        self
    }

    /// Sets the maximum number of runs: 1 to 1,000. Default: 25.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Whether the filter contains a NUL character, so that no run can match.
    pub(super) fn has_nul(&self) -> bool {
        let mut texts = self.task_id.iter().chain(&self.tag);
        texts.any(|text| text.contains('\0'))
    }

    pub(crate) fn limit_or_default(&self) -> u32 {
        self.limit.unwrap_or(25).clamp(1, 1_000)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failure(message: &str) -> RunFailure {
        RunFailure::of(&TaskError::retry(message))
    }

    #[test]
    fn a_message_is_its_first_thousand_characters_without_nul() {
        assert_eq!(failure("a\0b\0").message, "ab");
        assert_eq!(failure(&"x".repeat(1_000)).message, "x".repeat(1_000));
        assert_eq!(failure(&"x".repeat(1_001)).message, "x".repeat(1_000));
        // Characters count, even those of four bytes; NUL characters do not.
        let text = "\0\u{1F980}".repeat(2_000);
        assert_eq!(failure(&text).message, "\u{1F980}".repeat(1_000));
    }

    /// An error whose chain of sources never ends.
    #[derive(Debug)]
    struct Chain(Option<Box<Chain>>);

    impl fmt::Display for Chain {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&"c".repeat(2_000))
        }
    }

    impl Error for Chain {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self.0.as_deref().unwrap_or(self))
        }
    }

    #[test]
    fn of_causes_that_never_end_the_first_ten_are_kept() {
        for chain in [Chain(None), Chain(Some(Box::new(Chain(None))))] {
            let failure = RunFailure::of(&TaskError::abort(chain));
            assert!(failure.is_abort);
            assert_eq!(failure.causes.len(), 10);
            assert!(failure.causes.iter().all(|cause| cause.len() == 1_000));
        }
    }

    /// The odd things an application's `Display` may do.
    #[derive(Debug)]
    enum Odd {
        Fails,
        Panics,
        WritesWithoutEnd,
    }

    impl fmt::Display for Odd {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("odd")?;
            match self {
                Self::Fails => Err(fmt::Error),
                Self::Panics => panic!("no text"),
                Self::WritesWithoutEnd => (0..10_000).try_for_each(|_| f.write_str("0123456789")),
            }
        }
    }

    impl Error for Odd {}

    #[test]
    fn an_error_that_cannot_say_what_it_is_breaks_nothing() {
        let message = |odd| RunFailure::of(&TaskError::retry(odd)).message;
        assert_eq!(message(Odd::Fails), "odd");
        assert!(message(Odd::Panics).contains("panicked"));
        assert_eq!(message(Odd::WritesWithoutEnd).len(), 1_000);
    }

    proptest! {
        #[test]
        fn any_text_can_be_stored(text in any::<String>(), times in 0_usize..200) {
            let text = text.repeat(times);
            let expected: String = text.chars().filter(|c| *c != '\0').take(1_000).collect();
            prop_assert_eq!(failure(&text).message, expected);
        }
    }
}
