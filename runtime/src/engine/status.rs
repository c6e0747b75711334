//! [`RunStatus`]: the status of a run.

use std::fmt;
use std::str::FromStr;

/// The status of a run, in Trigger.dev's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunStatus {
    /// The run is not due yet.
    Delayed,
    /// The run waits for a worker, for a slot of its queue, or for its next attempt.
    Queued,
    /// An attempt is in progress.
    Executing,
    /// The run waits for a run that it triggered.
    Waiting,
    /// The run succeeded, and its output is stored.
    Completed,
    /// The run was cancelled.
    Canceled,
    /// The last attempt failed, or an attempt aborted.
    Failed,
    /// The process that ran the last attempt died.
    Crashed,
    /// The run did not start within its time to live.
    Expired,
    /// An attempt took longer than the task's `max_duration`.
    TimedOut,
}

impl RunStatus {
    /// Every status, in the order in which a run can pass through them.
    pub const ALL: [Self; 10] = [
        Self::Delayed,
        Self::Queued,
        Self::Executing,
        Self::Waiting,
        Self::Completed,
        Self::Canceled,
        Self::Failed,
        Self::Crashed,
        Self::Expired,
        Self::TimedOut,
    ];

    /// Returns the status as it is stored and as Trigger.dev writes it, such as `TIMED_OUT`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delayed => "DELAYED",
            Self::Queued => "QUEUED",
            Self::Executing => "EXECUTING",
            Self::Waiting => "WAITING",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
            Self::Crashed => "CRASHED",
            Self::Expired => "EXPIRED",
            Self::TimedOut => "TIMED_OUT",
        }
    }

    /// Returns whether the run has ended, so that its status never changes again.
    pub const fn is_final(self) -> bool {
        !matches!(
            self,
            Self::Delayed | Self::Queued | Self::Executing | Self::Waiting
        )
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The error of a string that is not a run status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown run status `{0}`; expected one of DELAYED, QUEUED, EXECUTING, WAITING, COMPLETED, CANCELED, FAILED, CRASHED, EXPIRED, TIMED_OUT"
)]
pub struct UnknownRunStatus(String);

impl FromStr for RunStatus {
    type Err = UnknownRunStatus;

    /// Parses a status in upper or lower case.
    fn from_str(text: &str) -> Result<Self, UnknownRunStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| UnknownRunStatus(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_reads_back_what_it_writes() {
        for status in RunStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
            assert_eq!(status.as_str().to_lowercase().parse(), Ok(status));
        }
        assert!("DONE".parse::<RunStatus>().is_err());
    }
}
