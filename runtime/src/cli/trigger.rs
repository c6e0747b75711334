//! `trigger`: a run for a worker.

use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Map, Value};

use super::database::DatabaseOption;
use super::error::CommandError;
use super::exit::Exit;
use super::follow::{follow, report};
use super::output::{print, tell};
use super::payload::PayloadOption;
use super::queue::Tables;
use super::tasks::linked_task;
use super::variables::Variables;
use super::{duration, queue};
use crate::engine::{QueueError, TriggerOptions};

/// Trigger a task: store a run of it in the database's queue, for a worker to run.
///
/// Prints the run's id. The payload is checked first, so the task must be linked into this program.
/// No keys are read.
///
///   my-tasks trigger send_mail --payload @mail.json --delay 10m --idempotency-key mail-17
///
/// Exit codes: 0 the run is stored; 3 the payload, an option or the task's id is wrong. With `--wait`
/// they are those of `run`.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct TriggerTask {
    /// The task's id; `tasks` lists them.
    #[arg(value_name = "TASK")]
    id: String,

    #[command(flatten)]
    payload: PayloadOption,

    /// Start the run after this delay, such as `90s` or `1h30m`.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, conflicts_with = "run_at")]
    delay: Option<Duration>,

    /// Start the run at this time, in RFC 3339: `2026-12-24T18:00:00+01:00`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    run_at: Option<DateTime<Utc>>,

    /// Return the existing run if the task was triggered with this key before.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,

    /// How long the idempotency key is kept. 30 days by default.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse, requires = "idempotency_key")]
    idempotency_ttl: Option<Duration>,

    /// A tag to find the run by; repeat it for several.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,

    /// More data about the run, as a JSON object.
    #[arg(long, value_name = "JSON", value_parser = object)]
    metadata: Option<Map<String, Value>>,

    /// Move the run ahead of other waiting runs by this many seconds.
    #[arg(long, value_name = "SECONDS")]
    priority: Option<u32>,

    /// The maximum number of attempts.
    #[arg(long, value_name = "NUMBER")]
    max_attempts: Option<u32>,

    /// Expire the run if it has not started within this time; `0s` for never.
    #[arg(long, value_name = "DURATION", value_parser = duration::parse)]
    ttl: Option<Duration>,

    /// The key whose concurrency limit the run counts against.
    #[arg(long, value_name = "KEY")]
    concurrency_key: Option<String>,

    /// Wait until the run is over, and print its output instead of its id.
    #[arg(long)]
    wait: bool,

    #[command(flatten)]
    database: DatabaseOption,
}

/// How often to poll a queue in a database.
const LOOK: Duration = Duration::from_secs(1);

impl TriggerTask {
    pub(super) async fn run(self, variables: Variables<'_>) -> Result<Exit, CommandError> {
        let entry = linked_task(&self.id)?;
        let payload = self.payload.read()?;
        let (is_absent, wait) = (self.payload.is_absent(), self.wait);
        let (options, database) = self.options();
        let queue = queue::connect(database, variables, Tables::Migrate).await?;
        let triggered = queue.trigger(entry.id(), payload, options).await;
        let id = triggered.map_err(|error| explain(error, is_absent))?;
        if !wait {
            print(id)?;
            return Ok(Exit::Done);
        }
        tell(format_args!("run {id} of task `{}`", entry.id()));
        report(&follow(&queue, id, LOOK).await?)
    }

    fn options(self) -> (TriggerOptions, DatabaseOption) {
        let mut options = TriggerOptions::new().tags(self.tags);
        options.delay = self.delay;
        options.run_at = self.run_at;
        options.idempotency_key = self.idempotency_key;
        options.idempotency_ttl = self.idempotency_ttl;
        options.priority = self.priority;
        options.max_attempts = self.max_attempts;
        options.ttl = self.ttl;
        options.concurrency_key = self.concurrency_key;
        if let Some(metadata) = self.metadata {
            options = options.metadata(metadata);
        }
        (options, self.database)
    }
}

/// Adds advice to the error of a payload that does not parse because none was given.
pub(super) fn explain(error: QueueError, is_absent: bool) -> CommandError {
    match error {
        QueueError::Payload(error) if is_absent => CommandError::Refused(format!(
            "{error}; no payload was given: give one with `--payload`"
        )),
        error => error.into(),
    }
}

fn time(text: &str) -> Result<DateTime<Utc>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|error| format!("{error}: write it as `2026-12-24T18:00:00+01:00`, or with `Z`"))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    let reason = match serde_json::from_str(text) {
        Ok(Value::Object(object)) => return Ok(object),
        Ok(_) => "that is JSON, but not an object".to_owned(),
        Err(error) => format!("that is not JSON: {error}"),
    };
    Err(format!(
        "{reason}; write an object, in single quotes for the shell, such as \
         `'{{\"source\": \"import\"}}'`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_an_offset() {
        let expected = "2026-12-24T17:00:00Z".parse();
        assert_eq!(time("2026-12-24T18:00:00+01:00").ok(), expected.ok());
        let refused = time("2026-12-24").unwrap_err();
        assert!(refused.contains("+01:00"), "{refused}");
    }

    #[test]
    fn metadata_is_an_object() {
        assert_eq!(object(r#"{"a":1}"#).unwrap()["a"], 1);
        assert!(object("[1]").unwrap_err().contains("not an object"));
        let broken = object(r#"{"a":"#).unwrap_err();
        assert!(broken.contains("line 1 column 5"), "{broken}");
    }
}
