//! [`Outcome`]: the outcome of an attempt, as it is stored.
//!
//! A task ends with a verdict. The outcome adds what the database needs to store it: the fencing token, which
//! decides whether it still counts, the attempt's entry in the run's history, and the delay before a retry.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::super::statement::milliseconds;
use super::ticket::Fence;
use crate::engine::{Ending, Next, RunAttempt, RunFailure, Verdict};

#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) fence: Fence,
    pub(super) kind: OutcomeKind,
    /// The attempt's entry in the run's history, as JSON. `None` if the attempt did not begin.
    pub(super) entry: Option<String>,
    pub(super) started_at: DateTime<Utc>,
    pub(super) output: Option<Box<RawValue>>,
    pub(super) error: Option<String>,
    pub(super) retry_milliseconds: Option<i64>,
    /// The user that the attempt acted as, for a run that was triggered from SQL without one.
    pub(super) user: Option<Uuid>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OutcomeKind {
    Completed,
    Failed,
    TimedOut,
    Retry,
    Interrupted,
}

impl OutcomeKind {
    /// Returns the name that `supabase_task.settle` takes.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
            Self::Retry => "RETRY",
            Self::Interrupted => "INTERRUPTED",
        }
    }
}

/// Identifies an attempt in its outcome and in the run's history.
pub(super) struct Made {
    pub(super) fence: Fence,
    pub(super) number: u32,
    pub(super) started_at: DateTime<Utc>,
    pub(super) worker: String,
    /// `Some` if the run's row does not say which user it acts as.
    pub(super) unknown_user: Option<Uuid>,
}

impl Outcome {
    /// The outcome of an attempt that did not begin: the run gets another ticket.
    pub(super) fn handed_back(fence: Fence, now: DateTime<Utc>) -> Self {
        Self {
            fence,
            kind: OutcomeKind::Interrupted,
            entry: None,
            started_at: now,
            output: None,
            error: None,
            retry_milliseconds: None,
            user: None,
        }
    }

    /// The outcome of a run of which no attempt can ever begin: it has failed.
    pub(super) fn not_begun(fence: Fence, now: DateTime<Utc>, reason: &str) -> Self {
        let error = RunFailure::new(&format!("no attempt can be made: {reason}"));
        Self {
            kind: OutcomeKind::Failed,
            error: serde_json::to_string(&error).ok(),
            ..Self::handed_back(fence, now)
        }
    }

    /// Turns an outcome that PostgreSQL refuses into a failure of the run.
    pub(super) fn refused(&mut self, reason: &str) {
        let error = RunFailure::new(&format!(
            "the database refused the outcome of the attempt: {reason}"
        ));
        self.kind = OutcomeKind::Failed;
        self.output = None;
        self.retry_milliseconds = None;
        self.entry = None;
        self.error = serde_json::to_string(&error).ok();
    }

    /// Returns the approximate size that is sent to the database, in bytes.
    pub(super) fn size(&self) -> usize {
        let output = self.output.as_ref().map_or(0, |output| output.get().len());
        output + self.entry.as_ref().map_or(0, String::len)
    }

    /// The outcome of an attempt that ended at this time, by the database's clock.
    pub(super) fn of(made: Made, verdict: Verdict, ended_at: DateTime<Utc>) -> Self {
        let Ending {
            outcome,
            failure: error,
            next,
        } = verdict.into();
        let (kind, output, retry_after) = match next {
            Next::Complete(output) => (OutcomeKind::Completed, Some(output), None),
            Next::Retry(after) => (OutcomeKind::Retry, None, Some(after)),
            Next::Fail => (OutcomeKind::Failed, None, None),
            Next::TimeOut => (OutcomeKind::TimedOut, None, None),
            Next::Repeat => (OutcomeKind::Interrupted, None, None),
        };
        let entry = RunAttempt {
            number: made.number,
            outcome,
            started_at: made.started_at,
            ended_at,
            error: error.clone(),
            worker: Some(made.worker),
        };
        Self {
            fence: made.fence,
            kind,
            entry: serde_json::to_string(&entry).ok(),
            started_at: made.started_at,
            output,
            error: error.and_then(|error| serde_json::to_string(&error).ok()),
            retry_milliseconds: retry_after.map(milliseconds),
            user: made.unknown_user,
        }
    }

    /// Returns whether it can be written together with others: completing a run changes only its own row.
    pub(super) fn can_batch(&self) -> bool {
        self.kind == OutcomeKind::Completed && self.entry.is_some()
    }
}
