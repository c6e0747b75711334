//! [`RunStatus`]: where a run stands.

use std::fmt;
use std::str::FromStr;

/// Where a run stands, in Trigger.dev's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunStatus {
    /// Its time has not come.
    Delayed,
    /// It waits for a worker, for a place in its queue, or for its next attempt.
    Queued,
    /// An attempt goes on.
    Executing,
    /// It waits for a run that it triggered.
    Waiting,
    /// It succeeded, and its output is stored.
    Completed,
    /// Somebody cancelled it.
    Canceled,
    /// Its last attempt failed, or an attempt said that no other would help.
    Failed,
    /// The process that ran its last attempt died.
    Crashed,
    /// Nobody started it in its time to live.
    Expired,
    /// An attempt took longer than the task's `max_duration`.
    TimedOut,
}

impl RunStatus {
    /// Every status, in the order in which a run can have them.
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

    /// As it is stored, and as Trigger.dev writes it: `TIMED_OUT`.
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

    /// Whether nothing more will happen to the run.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Delayed | Self::Queued | Self::Executing | Self::Waiting => false,
            Self::Completed
            | Self::Canceled
            | Self::Failed
            | Self::Crashed
            | Self::Expired
            | Self::TimedOut => true,
        }
    }
}

impl fmt::Display for RunStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that is no status of a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no status of a run: DELAYED, QUEUED, EXECUTING, WAITING, COMPLETED, CANCELED, FAILED, CRASHED, EXPIRED or TIMED_OUT"
)]
pub struct UnknownRunStatus(String);

impl FromStr for RunStatus {
    type Err = UnknownRunStatus;

    /// In upper or lower case.
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
