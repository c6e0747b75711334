//! The queue on the project's Postgres, which needs the feature `postgres`.

use super::database::DatabaseOption;
use super::error::CommandError;
use super::variables::Variables;
use crate::engine::Queue;

/// What to do with tables of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tables {
    /// Bring them to this version, as `Queue::connect` does.
    Migrate,
    /// Leave them, and report it: commands that only read change nothing.
    Keep,
}

/// Connects to the queue in the given database.
#[cfg(feature = "postgres")]
pub(super) async fn connect(
    database: DatabaseOption,
    variables: Variables<'_>,
    tables: Tables,
) -> Result<Queue, CommandError> {
    let url = database.required(variables)?;
    // A queue waits for an unavailable database; the command line reports it at once.
    url.try_connect().await?;
    let options = url.queue_options().migrate(tables == Tables::Migrate);
    Ok(options.connect().await?)
}

#[cfg(not(feature = "postgres"))]
pub(super) async fn connect(
    _: DatabaseOption,
    _: Variables<'_>,
    _: Tables,
) -> Result<Queue, CommandError> {
    Err(CommandError::NeedsPostgres)
}
