//! `check`: checks that everything is in place before the first task is run.

mod configuration;
#[cfg(feature = "postgres")]
mod connection;
mod database;
#[cfg(feature = "sql")]
mod login;
mod project;

use clap::Args;

use self::configuration::Configuration;
use super::database::DatabaseOption;
use super::error::CommandError;
use super::exit::Exit;
use super::program::Program;
use super::report::Report;

/// Check that everything is in place: keys, project, tokens, Row Level Security, the queue.
///
/// Each check prints a line with a mark: ✓ passed, ✗ failed, – skipped. Only the keys that this
/// program's tasks need are read; no value is shown. Nothing is written to the project. With a
/// database's URL, it also checks how the connection is protected, whether it keeps a session, whether
/// users can access tables without Row Level Security, and whether the queue's tables exist. If tasks
/// take a database, it checks that its login may do no more than they need.
///
/// Exit codes: 0 no check failed; 1 a check failed; 3 a variable is missing or wrong.
#[derive(Args, Debug)]
pub(super) struct Check {
    #[command(flatten)]
    database: DatabaseOption,
}

const CONFIGURATION: &str = "configuration";

impl Check {
    pub(super) async fn run(self, program: Program<'_>) -> Result<Exit, CommandError> {
        let mut report = Report {
            exit: Exit::Done,
            program: program.name.clone(),
        };
        let database = self.database.find(program.variables);
        match Configuration::read() {
            Ok(configuration) => {
                let variables = configuration.variables.join(", ");
                report.good(CONFIGURATION, format_args!("read from {variables}"))?;
                let supabase = program.supabase(&configuration.modes)?;
                project::check(&mut report, &configuration, &supabase).await?;
                #[cfg(feature = "sql")]
                if let Some(url) = &configuration.config.database {
                    login::check(&mut report, &url.options, &supabase).await?;
                }
            }
            Err(error) => {
                for problem in error.problems() {
                    report.refused(CONFIGURATION, problem)?;
                }
                report.skipped("project", "its configuration is incomplete")?;
            }
        }
        database::check(&mut report, database).await?;
        Ok(report.exit)
    }
}
