//! The queue on the project's Postgres, which needs the feature `postgres`.

use super::database::DatabaseOption;
use super::{CommandError, Variables};
use crate::engine::Queue;

/// The queue in the database that was given.
#[cfg(feature = "postgres")]
pub(super) async fn connect(
    database: DatabaseOption,
    variables: Variables<'_>,
) -> Result<Queue, CommandError> {
    let url = database.required(variables)?;
    // Told apart from a database that cannot be reached.
    url.options()?;
    Ok(Queue::connect(url.expose()).await?)
}

#[cfg(not(feature = "postgres"))]
pub(super) async fn connect(_: DatabaseOption, _: Variables<'_>) -> Result<Queue, CommandError> {
    Err(CommandError::NeedsPostgres)
}
