//! `runs show`.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;

use super::json::Whole;
use super::run_id::run_id;
use crate::cli::database::DatabaseOption;
use crate::cli::error::CommandError;
use crate::cli::exit::Exit;
use crate::cli::follow::failure_line;
use crate::cli::output::{IN_FULL, print, print_json, shortened};
use crate::cli::queue::Tables;
use crate::cli::table::Table;
use crate::cli::variables::Variables;
use crate::cli::{duration, queue};
use crate::engine::{AttemptOutcome, Run};
use crate::task::RunId;

/// Show everything about a run, including its payload, its output and each attempt.
///
/// Long values are cut, with a note; `--json` shows them in full.
#[derive(Args, Debug)]
pub(in crate::cli) struct Show {
    /// The run's id; `runs list` shows it.
    #[arg(value_parser = run_id)]
    run: RunId,

    /// Print JSON, for other programs and in full.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseOption,
}

impl Show {
    pub(super) async fn run(self, variables: Variables<'_>) -> Result<Exit, CommandError> {
        let queue = queue::connect(self.database, variables, Tables::Keep).await?;
        let run = queue.retrieve(self.run).await?;
        if self.json {
            print_json(&Whole::from(&run))?;
            return Ok(Exit::Done);
        }
        for (name, value) in properties(&run) {
            if !value.is_empty() {
                print(format_args!(
                    "{name:16}{}",
                    shortened(&value, LONGEST, IN_FULL)
                ))?;
            }
        }
        if !run.attempts.is_empty() {
            print("")?;
            print(attempts(&run))?;
        }
        Ok(Exit::Done)
    }
}

/// The most characters of a value to show.
const LONGEST: usize = 2_000;

fn properties(run: &Run) -> Vec<(&'static str, String)> {
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    let time = |given: Option<DateTime<Utc>>| given.map(written).unwrap_or_default();
    let metadata = match run.metadata.is_empty() {
        true => String::new(),
        false => serde_json::to_string(&run.metadata).unwrap_or_default(),
    };
    let principal = run.principal.map(|principal| principal.to_string());
    let parent = run.parent.map(|parent| parent.to_string());
    let output = run.output.as_ref().map(|output| output.get().to_owned());
    let error = run.error.as_ref().map(failure_line);
    vec![
        ("run", run.id.to_string()),
        ("task", run.task_id.clone()),
        ("status", run.status.to_string()),
        ("runs as", principal.unwrap_or_default()),
        ("queue", run.queue.clone()),
        ("concurrency key", text(&run.concurrency_key)),
        ("priority", run.priority.to_string()),
        ("max attempts", run.max_attempts.to_string()),
        ("tags", run.tags.join(", ")),
        ("metadata", metadata),
        ("idempotency key", text(&run.idempotency_key)),
        ("trace", run.trace_id.clone()),
        ("parent", parent.unwrap_or_default()),
        ("created", written(run.created_at)),
        ("due", written(run.run_at)),
        ("expires", time(run.expires_at)),
        ("started", time(run.started_at)),
        ("finished", time(run.finished_at)),
        ("payload", run.payload.get().to_owned()),
        ("output", output.unwrap_or_default()),
        ("error", error.unwrap_or_default()),
    ]
}

fn attempts(run: &Run) -> Table {
    let mut table = Table::new([
        "ATTEMPT", "OUTCOME", "STARTED", "DURATION", "WORKER", "ERROR",
    ]);
    for attempt in &run.attempts {
        table.row([
            attempt.number.to_string(),
            outcome(attempt.outcome),
            written(attempt.started_at),
            duration::between(attempt.started_at, attempt.ended_at),
            attempt.worker.clone().unwrap_or_default(),
            attempt.error.as_ref().map(failure_line).unwrap_or_default(),
        ]);
    }
    table
}

/// The outcome as in JSON: `TIMED_OUT`.
fn outcome(outcome: AttemptOutcome) -> String {
    let json = serde_json::to_value(outcome).unwrap_or_default();
    json.as_str().unwrap_or_default().to_owned()
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
