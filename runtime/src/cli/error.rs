//! [`CommandError`]: why a command failed.

use std::io;

use super::database_error::DatabaseError;
use super::exit::Exit;
use super::types::GenerateError;
use crate::config::ConfigError;
use crate::engine::{QueueError, WorkerError};

/// Why a command failed. Its text never contains a password or a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Generate(#[from] GenerateError),
    /// An argument is not valid.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error("{}{}", .0, advice(.0))]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Worker(#[from] WorkerError),
    #[cfg(not(feature = "postgres"))]
    #[error(
        "this command needs the feature `postgres`, which this program was built without: add it to \
         your program with `cargo add supabase-task --features cli,postgres`, or install this \
         crate's program with `--features cli,postgres`"
    )]
    NeedsPostgres,
    #[error("the standard output cannot be written: {0}")]
    Output(#[source] io::Error),
    #[error("the runtime could not be started: {0}")]
    Runtime(#[source] io::Error),
}

impl CommandError {
    pub(crate) fn exit(&self) -> Exit {
        let is_refused = match self {
            Self::Generate(error) => error.is_configuration(),
            Self::Database(error) => error.is_configuration(),
            Self::Refused(_) | Self::Config(_) => true,
            #[cfg(not(feature = "postgres"))]
            Self::NeedsPostgres => true,
            Self::Queue(error) => is_refused(error),
            Self::Worker(WorkerError::Setup(_) | WorkerError::Config(_)) => true,
            Self::Worker(WorkerError::Queue(error)) => is_refused(error),
            Self::Worker(WorkerError::Broken(_)) | Self::Output(_) | Self::Runtime(_) => false,
        };
        match is_refused {
            true => Exit::Refused,
            false => Exit::Failed,
        }
    }
}

/// How to find the existing runs.
fn advice(error: &QueueError) -> &'static str {
    match error {
        QueueError::NoSuchRun(_) => "; `supabase-task runs list` lists the existing runs",
        _ => "",
    }
}

/// An unknown task counts as an invalid option.
fn is_refused(error: &QueueError) -> bool {
    matches!(error, QueueError::Payload(_) | QueueError::InvalidOption(_))
}
