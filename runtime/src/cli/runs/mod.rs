//! `runs`: lists, shows, cancels and repeats runs.

mod json;
mod list;
mod run_id;
mod show;

use clap::{Args, Subcommand};

use self::list::List;
use self::run_id::run_id;
use self::show::Show;
use super::database::DatabaseOption;
use super::error::CommandError;
use super::exit::Exit;
use super::output::{print, tell};
use super::queue::{self, Tables};
use super::variables::Variables;
use crate::engine::RunStatus;
use crate::task::RunId;

/// List runs, show one, cancel it, or trigger it again.
#[derive(Debug, Subcommand)]
pub(super) enum Runs {
    List(List),
    Show(Show),
    /// Cancel a run. If it is running, its task is notified, and dropped some seconds later.
    ///
    /// Prints the resulting status of the run. Exit code 1 if it was already over.
    Cancel(OneRun),
    /// Trigger a run's task again, with the same payload and options. Prints the new run's id.
    ///
    /// The task must be linked into this program, because the payload is checked again.
    Replay(OneRun),
}

impl Runs {
    pub(super) async fn run(self, variables: Variables<'_>) -> Result<Exit, CommandError> {
        match self {
            Self::List(list) => list.run(variables).await,
            Self::Show(show) => show.run(variables).await,
            Self::Cancel(one) => one.cancel(variables).await,
            Self::Replay(one) => one.replay(variables).await,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct OneRun {
    /// The run's id; `runs list` shows it.
    #[arg(value_parser = run_id)]
    run: RunId,

    #[command(flatten)]
    database: DatabaseOption,
}

impl OneRun {
    async fn cancel(self, variables: Variables<'_>) -> Result<Exit, CommandError> {
        let queue = queue::connect(self.database, variables, Tables::Keep).await?;
        let run = queue.cancel(self.run).await?;
        print(run.status)?;
        if run.status == RunStatus::Canceled {
            return Ok(Exit::Done);
        }
        tell(format_args!("the run {} was already over", run.id));
        Ok(Exit::Failed)
    }

    async fn replay(self, variables: Variables<'_>) -> Result<Exit, CommandError> {
        let queue = queue::connect(self.database, variables, Tables::Keep).await?;
        print(queue.replay(self.run).await?)?;
        Ok(Exit::Done)
    }
}
