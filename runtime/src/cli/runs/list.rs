//! `runs list`.

use chrono::SecondsFormat;
use clap::Args;

use super::json::Summary;
use super::run_id::run_id;
use crate::cli::database::DatabaseOption;
use crate::cli::error::CommandError;
use crate::cli::exit::Exit;
use crate::cli::output::{print, print_json, tell};
use crate::cli::queue::Tables;
use crate::cli::table::Table;
use crate::cli::tasks::linked_task;
use crate::cli::variables::Variables;
use crate::cli::{duration, queue};
use crate::engine::{Run, RunFilter, RunStatus};
use crate::task::{RunId, linked_tasks};

/// List runs, the newest first, without their payloads.
#[derive(Args, Debug)]
pub(in crate::cli) struct List {
    /// Only runs of this status, such as `failed`; repeat it for several.
    #[arg(long = "status", value_name = "STATUS")]
    statuses: Vec<RunStatus>,

    /// Only runs of this task.
    #[arg(long, value_name = "TASK")]
    task: Option<String>,

    /// Only runs with this tag.
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,

    /// Only runs created before this one. For the next page, give the last run of a page.
    #[arg(long, value_name = "RUN", value_parser = run_id)]
    before: Option<RunId>,

    /// The most runs to list: 1 to 1000.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 25,
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    limit: u32,

    /// Print JSON, for other programs.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOption,
}

impl List {
    pub(super) async fn run(self, variables: Variables<'_>) -> Result<Exit, CommandError> {
        // The program without tasks may list the runs of any task.
        let unknown = self.task.as_deref().and_then(|id| linked_task(id).err());
        let filter = RunFilter {
            task_id: self.task,
            statuses: self.statuses,
            tag: self.tag,
            before: self.before,
            limit: Some(self.limit),
        };
        let queue = queue::connect(self.database, variables, Tables::Keep).await?;
        let runs = queue.runs(filter).await?;
        if self.json {
            let runs: Vec<_> = runs.iter().map(Summary::from).collect();
            print_json(&runs)?;
        } else if runs.is_empty() {
            match unknown.filter(|_| linked_tasks().next().is_some()) {
                Some(unknown) => tell(format_args!("there are no such runs: {unknown}")),
                None => tell("there are no such runs"),
            }
        } else {
            print(table(&runs))?;
        }
        Ok(Exit::Done)
    }
}

fn table(runs: &[Run]) -> Table {
    let mut table = Table::new([
        "RUN", "TASK", "STATUS", "ATTEMPTS", "CREATED", "DURATION", "TAGS",
    ]);
    for run in runs {
        let took = run.started_at.zip(run.finished_at);
        let took = took.and_then(|(start, end)| (end - start).to_std().ok());
        table.row([
            run.id.to_string(),
            run.task_id.clone(),
            run.status.to_string(),
            format!("{}/{}", run.attempts.len(), run.max_attempts),
            run.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
            took.map(duration::written).unwrap_or_default(),
            run.tags.join(","),
        ]);
    }
    table
}
