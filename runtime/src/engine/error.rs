//! The errors of a queue, of waiting for a run, and of a worker.

use super::{RunFailure, RunStatus};
use crate::config::ConfigError;
use crate::run::{RunId, TaskError, task_causes};

/// An error of a queue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The payload is not valid for the task.
    #[error(transparent)]
    Payload(TaskError),
    /// An option is invalid or out of range.
    #[error("{0}")]
    InvalidOption(String),
    /// The queue has no run with this id.
    #[error(
        "there is no run {0} in this queue: it was never triggered here, or it was removed after the retention time"
    )]
    NoSuchRun(RunId),
    /// The run's status does not allow the operation.
    #[error("the run {run} is {status}: {reason}")]
    WrongStatus {
        /// The run.
        run: RunId,
        /// Its status.
        status: RunStatus,
        /// Which status the operation needs, and what to do instead.
        reason: &'static str,
    },
    /// The queue's database could not be reached, or refused the request.
    #[error("the queue's database: {0}")]
    Database(DatabaseFailure),
    /// The queue's tables are missing, or belong to another version of this crate.
    #[error("{0}")]
    Migration(String),
    /// The run has no queue: it was started with `run`, not by a worker.
    #[error(
        "this run has no queue, because it was started with `run`: trigger its task, and let a worker run it"
    )]
    NoQueue,
    /// The queue cannot answer because a part of it has ended: its worker or its runtime is stopping, or
    /// that part panicked.
    #[error(
        "the queue gave no answer: its worker or its runtime is stopping, or a part of it panicked (see the log, \
         and connect the queue again)"
    )]
    Closed,
    /// The database did not store all runs, and gave no reason.
    #[error(
        "the queue's database did not store all runs, and gave no reason: its function \
         `supabase_task.enqueue` is not this version's; run `supabase-task migrate`"
    )]
    NotStored,
}

impl QueueError {
    /// The error of a run that cannot be moved to another time.
    pub(crate) fn not_delayed(run: RunId, status: RunStatus) -> Self {
        Self::WrongStatus {
            run,
            status,
            reason: "only a delayed run can be given another time; cancel it, or replay it",
        }
    }

    /// Copies the error, for several callers that wait for the same answer.
    #[cfg(feature = "postgres")]
    pub(crate) fn copy(&self) -> Self {
        match self {
            Self::Payload(error) => Self::Payload(TaskError::abort(error.to_string())),
            Self::InvalidOption(reason) => Self::InvalidOption(reason.clone()),
            Self::NoSuchRun(run) => Self::NoSuchRun(*run),
            Self::WrongStatus {
                run,
                status,
                reason,
            } => Self::WrongStatus {
                run: *run,
                status: *status,
                reason,
            },
            Self::Database(failure) => Self::Database(DatabaseFailure {
                message: failure.message.clone(),
                is_transient: failure.is_transient,
                code: failure.code.clone(),
            }),
            Self::Migration(reason) => Self::Migration(reason.clone()),
            Self::NoQueue => Self::NoQueue,
            Self::Closed => Self::Closed,
            Self::NotStored => Self::NotStored,
        }
    }

    /// Returns whether the same call may succeed later: the database could not be reached, or was busy.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Database(failure) if failure.is_transient)
    }
}

/// A failure of the queue's database or of the connection to it. Its text contains no password.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct DatabaseFailure {
    pub(crate) message: String,
    pub(crate) is_transient: bool,
    /// PostgreSQL's error code (SQLSTATE); `None` if there was no answer.
    #[cfg(feature = "postgres")]
    pub(crate) code: Option<String>,
}

/// Why waiting for a run gave no output.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The run ended without completing.
    #[error("the run {run} of task `{task_id}` is {status}{}", told(.error))]
    NotCompleted {
        /// The run.
        run: RunId,
        /// The id of its task.
        task_id: String,
        /// The final status.
        status: RunStatus,
        /// Why it failed, if that is known.
        error: Option<RunFailure>,
    },
    /// The stored output does not match the task's current output type.
    #[error("the output of run {run} does not parse: {reason}")]
    Output {
        /// The run.
        run: RunId,
        /// What is wrong with the output.
        reason: String,
    },
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

fn told(error: &Option<RunFailure>) -> String {
    match error {
        Some(error) => format!(": {}", error.message),
        None => String::new(),
    }
}

/// Why a worker did not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// The tasks or the worker's options are not valid.
    #[error("the worker cannot start: {0}")]
    Setup(String),
    /// A key or a secret that the tasks need is missing.
    #[error("the worker cannot start: {0}")]
    Config(#[from] ConfigError),
    /// A part of the worker that never ends by itself has ended, and the worker with it. Start it again.
    #[error("the worker has ended because {0}: this is a bug, please report it with the log")]
    Broken(String),
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

task_causes!(QueueError, WaitError);
