//! What goes wrong with a queue, with a run that is waited for, and with a worker.

use std::fmt;

use super::{RunFailure, RunStatus};
use crate::config::ConfigError;
use crate::run::{RunId, TaskError, task_causes};

type BoxError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What went wrong with a queue.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueueError {
    /// The payload is not what the task takes.
    #[error(transparent)]
    Payload(TaskError),
    /// An option of the trigger is out of its range.
    #[error("{0}")]
    InvalidOption(String),
    /// There is no such run.
    #[error(
        "there is no run {0} in this queue: it was never triggered here, or it was removed after the retention time"
    )]
    NoSuchRun(RunId),
    /// The run is not in a status in which that can be done.
    #[error("the run {run} is {status}: {reason}")]
    WrongStatus {
        /// The run.
        run: RunId,
        /// Its status.
        status: RunStatus,
        /// What can be done instead.
        reason: &'static str,
    },
    /// The database of the queue could not be reached, or refused.
    #[error("the queue's database: {0}")]
    Database(DatabaseFailure),
    /// The tables are not there, or are of another version.
    #[error("{0}")]
    Migration(String),
    /// The run has no queue: it was started with `run`, not by a worker.
    #[error(
        "this run has no queue, because it was started with `run`: trigger its task, and let a worker run it"
    )]
    NoQueue,
    /// What was asked has no answer, because the part of the queue that was asked has ended: its worker or its
    /// runtime stops, or it panicked.
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
    /// The same without its source: for several callers that wait for one answer.
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
                source: None,
            }),
            Self::Migration(reason) => Self::Migration(reason.clone()),
            Self::NoQueue => Self::NoQueue,
            Self::Closed => Self::Closed,
            Self::NotStored => Self::NotStored,
        }
    }

    /// Whether the same call may succeed later: the database could not be reached, or was busy.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Database(failure) if failure.is_transient)
    }
}

/// What a database said. Its text holds no password.
#[derive(Debug)]
pub struct DatabaseFailure {
    pub(crate) message: String,
    pub(crate) is_transient: bool,
    /// PostgreSQL's code for it (SQLSTATE); none if it gave no answer.
    #[cfg(feature = "postgres")]
    pub(crate) code: Option<String>,
    pub(crate) source: Option<BoxError>,
}

impl fmt::Display for DatabaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DatabaseFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Why there is no output of a run that was waited for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// The run ended otherwise than by completing.
    #[error("the run {run} of task `{task_id}` is {status}{}", told(.error))]
    NotCompleted {
        /// The run.
        run: RunId,
        /// Its task.
        task_id: String,
        /// How it ended.
        status: RunStatus,
        /// Why, where that is known.
        error: Option<RunFailure>,
    },
    /// The output is not what the task gives today.
    #[error("the output of run {run} does not parse: {reason}")]
    Output {
        /// The run.
        run: RunId,
        /// What is wrong with it.
        reason: String,
    },
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

fn told(error: &Option<RunFailure>) -> String {
    match error {
        Some(error) => format!(": {}", error.message),
        None => String::new(),
    }
}

/// Why a worker could not start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    /// Something about the tasks or the worker's options cannot work.
    #[error("the worker cannot start: {0}")]
    Setup(String),
    /// A key or a secret that the tasks need is missing.
    #[error("the worker cannot start: {0}")]
    Config(#[from] ConfigError),
    /// A part of it ended that never ends by itself, and the worker with it: start it again.
    #[error("the worker has ended because {0}: this is a bug, please report it with the log")]
    Broken(String),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

task_causes!(QueueError, WaitError);
