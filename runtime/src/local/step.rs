//! The steps of a stack's start.

use std::fmt;
use std::time::Duration;

use super::StandIn;

/// A completed step of a start, passed to [`on_step`](super::LocalSupabaseBuilder::on_step).
///
/// Its `Display` is one line, such as `migration 20260101120000_todos.sql applied (12 ms)`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LocalStep {
    /// What was done.
    pub kind: LocalStepKind,
    /// How long it took.
    pub took: Duration,
}

/// The kind of a [`LocalStep`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LocalStepKind {
    /// PostgreSQL answers.
    PostgresUp {
        /// Which one it is: `installed`, `embedded` or `given`, and what there is to say about it.
        server: String,
        /// PostgreSQL's version, such as `18.4`.
        version: String,
    },
    /// The database has Supabase's roles, and [stand-ins](super::LocalSupabase::stand_ins) for its schemas.
    RolesCreated,
    /// The project's SQL has created these extensions, which are [stand-ins](super::LocalSupabase::stand_ins).
    StandIns(Vec<StandIn>),
    /// A migration was applied.
    MigrationApplied {
        /// Its file name.
        file: String,
    },
    /// A text given to [`sql`](super::LocalSupabaseBuilder::sql) was executed.
    SqlExecuted,
    /// The seed file was executed.
    Seeded {
        /// Its file name.
        file: String,
    },
    /// The API answers.
    ApiUp {
        /// The project's URL.
        url: String,
    },
}

impl fmt::Display for LocalStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LocalStepKind::PostgresUp { server, version } => {
                write!(f, "PostgreSQL {version} up, {server}")?;
            }
            LocalStepKind::RolesCreated => {
                f.write_str("Supabase's roles created, and stand-ins for its schemas")?;
            }
            LocalStepKind::StandIns(stand_ins) => {
                let names: Vec<&str> = stand_ins.iter().map(|one| one.name).collect();
                let names = names.join(", ");
                write!(
                    f,
                    "stand-ins for {names}; `stack.stand_ins()` says how they differ"
                )?;
            }
            LocalStepKind::MigrationApplied { file } => write!(f, "migration {file} applied")?,
            LocalStepKind::SqlExecuted => f.write_str("SQL executed")?,
            LocalStepKind::Seeded { file } => write!(f, "seed {file} executed")?,
            LocalStepKind::ApiUp { url } => write!(f, "API up at {url}")?,
        }
        write!(f, " ({} ms)", self.took.as_millis())
    }
}
