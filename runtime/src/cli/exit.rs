//! [`Exit`]: how a command ended, and its exit code.

use std::process::ExitCode;

/// How a command ended. Its number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It succeeded.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// A run ended before its attempts were used up: the task aborted, or the run was cancelled.
    Aborted = 2,
    /// An input is missing or wrong, and nothing was done.
    Refused = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
