//! `migrate`: the queue's tables.

use clap::Args;

use super::database::DatabaseOption;
use super::error::CommandError;
use super::exit::Exit;
use super::variables::Variables;

/// Create the queue's tables in the project's database, or bring them up to date.
///
/// You can run it at any time, repeatedly, and from several machines at once. Exit codes: 0 the
/// database is up to date; 1 it could not be reached or refused; 3 its URL is missing or wrong.
#[derive(Args, Debug)]
pub(super) struct Migrate {
    /// Only write the SQL to the standard output, for a file in `supabase/migrations`.
    #[arg(long)]
    print: bool,

    /// The schema for the queue's jobs, if the tables do not exist yet. Default: supabase_task_jobs.
    #[arg(long, value_name = "NAME")]
    jobs_schema: Option<String>,

    #[command(flatten)]
    database: DatabaseOption,
}

impl Migrate {
    #[cfg(feature = "postgres")]
    pub(super) async fn run(self, variables: Variables<'_>) -> Result<Exit, CommandError> {
        use super::output::{print, tell};
        use crate::engine::postgres::{self, JobsSchema};
        use crate::reach::Encryption;

        let jobs_schema = self.jobs_schema.map(JobsSchema::new).transpose()?;
        if self.print {
            let sql = postgres::migrations_sql_with(&jobs_schema.unwrap_or_default());
            print(sql.trim_end())?;
            return Ok(Exit::Done);
        }
        let url = self.database.required(variables)?;
        if let Encryption::Weak(problem) = url.encryption()? {
            tell(format_args!("warning: {problem}"));
        }
        url.try_connect().await?;
        let (migrated, _) = postgres::apply(url.expose(), jobs_schema.as_ref()).await?;
        if migrated.applied.is_empty() {
            tell("the database is up to date");
        }
        for name in &migrated.applied {
            tell(format_args!("applied {name}"));
        }
        Ok(Exit::Done)
    }

    #[cfg(not(feature = "postgres"))]
    pub(super) async fn run(self, _: Variables<'_>) -> Result<Exit, CommandError> {
        let _ = (self.print, self.jobs_schema, self.database);
        Err(CommandError::NeedsPostgres)
    }
}
