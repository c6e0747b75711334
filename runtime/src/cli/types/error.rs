//! Why there are no types.

use std::path::PathBuf;

use crate::cli::database::DatabaseError;
use crate::client::ClientError;
use crate::config::ConfigError;
use crate::reach;

/// No types were written. Its text never holds a password or a key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GenerateError {
    #[error(
        "there is no database to read: set `SUPABASE_DB_URL` or `DATABASE_URL` to its URL; or give \
         `--project-url`, or set `SUPABASE_URL`, and a key, to read the project's API"
    )]
    NoSource,
    #[error(transparent)]
    Database(#[from] DatabaseError),
    #[error(transparent)]
    Project(#[from] ConfigError),
    #[error("the database's catalog cannot be read: {}", reach::said(.0))]
    Query(#[source] sqlx::Error),
    #[error("the database's catalog is not as expected: {0}")]
    Unexpected(#[source] serde_json::Error),
    #[error(transparent)]
    Api(#[from] ClientError),
    #[error("there is no schema `{name}`; there are {existing}")]
    NoSchema { name: String, existing: String },
    #[error("`{}` cannot be {action}: {source}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "`{}` is not what the database has: write it again, without `--check`", path.display()
    )]
    Differs { path: PathBuf },
    #[error("the types cannot be written to the standard output: {0}")]
    Output(#[source] std::io::Error),
}

impl GenerateError {
    pub(super) fn no_schema(name: &str, existing: impl IntoIterator<Item = String>) -> Self {
        let existing: Vec<String> = existing
            .into_iter()
            .map(|schema| format!("`{schema}`"))
            .collect();
        Self::NoSchema {
            name: name.to_owned(),
            existing: existing.join(", "),
        }
    }

    /// Whether something was given wrong, or not at all.
    pub(crate) fn is_configuration(&self) -> bool {
        match self {
            Self::NoSource | Self::Project(_) => true,
            Self::Database(error) => error.is_configuration(),
            _ => false,
        }
    }
}
