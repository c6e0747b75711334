//! `tasks`: the tasks that are linked into this program.

use clap::Args;
use serde::Serialize;

use super::arguments::shown;
use super::duration;
use super::error::CommandError;
use super::exit::Exit;
use super::output::{print, print_json, tell};
use super::table::Table;
use super::variables::MODES;
use crate::config::{Variable, variables_of};
use crate::engine::{TaskEntry, duplicate_ids, linked_tasks, task};

/// List this program's tasks, their options and the variables they need.
///
/// It reads no keys and no database.
#[derive(Args, Debug)]
pub(super) struct Tasks {
    /// Print JSON, for other programs.
    #[arg(long)]
    json: bool,
}

impl Tasks {
    pub(super) fn run(self) -> Result<Exit, CommandError> {
        let mut tasks: Vec<_> = linked_tasks().collect();
        tasks.sort_by_key(|task| (task.id(), task.location()));
        for (id, places) in duplicate_ids() {
            let places = places.join(" and ");
            tell(format_args!(
                "warning: the task id `{id}` is used more than once, so nothing can be run: at \
                 {places}"
            ));
        }
        if self.json {
            let tasks: Vec<_> = tasks.into_iter().map(TaskJson::from).collect();
            print_json(&tasks)?;
        } else if tasks.is_empty() {
            tell(NO_TASKS);
        } else {
            print(table(&tasks))?;
            print(needs(&tasks))?;
        }
        Ok(Exit::Done)
    }
}

/// The error of commands that need a task.
const NO_TASKS: &str = "no task is linked into this program: call \
    `supabase_task::cli::main()` in the `main` of your own program, and link a library of tasks \
    with `use my_tasks as _;`";

/// Refuses a program without tasks.
pub(super) fn has_tasks() -> Result<(), CommandError> {
    match linked_tasks().next() {
        Some(_) => Ok(()),
        None => Err(CommandError::Refused(NO_TASKS.to_owned())),
    }
}

/// Returns the task with this id, or an error that lists the ids.
pub(super) fn linked_task(id: &str) -> Result<&'static TaskEntry, CommandError> {
    has_tasks()?;
    // A possible secret is looked up as it is, but not repeated.
    match task(id) {
        Ok(found) => Ok(found),
        Err(_) => Ok(task(shown(id))?),
    }
}

fn table(tasks: &[&TaskEntry]) -> Table {
    let mut table = Table::new([
        "TASK",
        "RUNS AS",
        "QUEUE",
        "SCHEDULE",
        "ATTEMPTS",
        "MAX DURATION",
        "DECLARED AT",
    ]);
    for task in tasks {
        let options = task.options();
        let queue = match options.queue_options().and_then(|queue| queue.limit()) {
            Some(limit) => format!("{} ({limit} at once)", task.queue()),
            None => task.queue().to_owned(),
        };
        let schedule = options.schedule_options().map(|schedule| {
            let (line, timezone) = (schedule.line(), schedule.timezone_name());
            format!("{line} {timezone}")
        });
        table.row([
            task.id().to_owned(),
            runs_as(task),
            queue,
            schedule.unwrap_or_default(),
            options.retry_policy().attempts().to_string(),
            options
                .longest_attempt()
                .map(duration::written)
                .unwrap_or_default(),
            task.location(),
        ]);
    }
    table
}

/// `user`, or `role reporter`.
fn runs_as(task: &TaskEntry) -> String {
    match task.role() {
        Some(role) => format!("{} {role}", task.auth()),
        None => task.auth().to_string(),
    }
}

/// The variables that each of the tasks' modes needs.
fn needs(tasks: &[&TaskEntry]) -> String {
    let mut text = String::new();
    for mode in MODES {
        if !tasks.iter().any(|task| task.auth() == mode) {
            continue;
        }
        let variables: Vec<_> = variables_of(mode, false)
            .iter()
            .map(|Variable { usual, others }| format!("{usual} (or {})", others.join(", ")))
            .collect();
        text.push_str(&format!("\n{mode} tasks need {}", variables.join("; ")));
    }
    if tasks.iter().any(|task| task.takes_database()) {
        text.push_str("\ntasks that take a database need SUPABASE_DB_URL");
    }
    text
}

/// A task as JSON. The fields are stable; more may be added.
#[derive(Serialize)]
struct TaskJson {
    id: &'static str,
    auth: &'static str,
    /// The role of a task whose `auth` is `role`.
    role: Option<String>,
    queue: &'static str,
    concurrency_limit: Option<u32>,
    schedule: Option<ScheduleJson>,
    max_attempts: u32,
    max_duration_ms: Option<u64>,
    ttl_ms: Option<u64>,
    priority: u32,
    /// The variables that it needs.
    variables: Vec<Variable>,
    declared_at: String,
}

#[derive(Serialize)]
struct ScheduleJson {
    cron: &'static str,
    timezone: &'static str,
}

impl From<&TaskEntry> for TaskJson {
    fn from(task: &TaskEntry) -> Self {
        let options = task.options();
        let milliseconds =
            |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self {
            id: task.id(),
            auth: task.auth().as_str(),
            role: task.role().map(|role| role.to_string()),
            queue: task.queue(),
            concurrency_limit: options.queue_options().and_then(|queue| queue.limit()),
            schedule: options.schedule_options().map(|schedule| ScheduleJson {
                cron: schedule.line(),
                timezone: schedule.timezone_name(),
            }),
            max_attempts: options.retry_policy().attempts(),
            max_duration_ms: options.longest_attempt().map(milliseconds),
            ttl_ms: options.time_to_live().map(milliseconds),
            priority: options.priority_seconds(),
            variables: variables_of(task.auth(), task.takes_database()),
            declared_at: task.location(),
        }
    }
}
