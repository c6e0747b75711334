//! `run`: one task, now, in this process.

use std::time::Duration;

use clap::Args;

use super::error::CommandError;
use super::exit::Exit;
use super::follow::{follow, report};
use super::output::tell;
use super::payload::PayloadOption;
use super::program::Program;
use super::tasks::linked_task;
use super::trigger::explain;
use super::variables::{MODES, configuration};
use crate::auth::AuthKind;
use crate::engine::{Queue, Run, RunFilter, TriggerOptions, Worker, shutdown_signal};
use crate::task::{RunId, TaskEntry, linked_tasks};

/// Run a task in this process, with its retries and hooks.
///
/// Progress goes to the standard error; only the task's output, as JSON, goes to the standard output.
/// Nothing is stored: for a run that outlives this process, use `trigger`.
///
///   my-tasks run add_todo --payload '{"user_id": "5f0c8f0e-…", "title": "call the bank"}'
///
/// Tasks that it triggers also run here while it is running, if their keys are set.
///
/// Ctrl-C cancels the run; a second one does not wait for it.
///
/// Exit codes: 0 the run completed; 1 it failed, after its last attempt or its max_duration; 2 it
/// ended with attempts left, because the task aborted or was cancelled; 3 the payload, the
/// configuration or the task's id is wrong, and nothing was run.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct RunTask {
    /// The task's id; `tasks` lists them.
    #[arg(value_name = "TASK")]
    id: String,

    #[command(flatten)]
    payload: PayloadOption,
}

/// How often to poll an engine in the same process.
const LOOK: Duration = Duration::from_millis(50);

impl RunTask {
    pub(super) async fn run(self, program: Program<'_>) -> Result<Exit, CommandError> {
        let entry = linked_task(&self.id)?;
        let payload = self.payload.read()?;
        let queue = Queue::in_process();
        // Reports a wrong payload before a missing key.
        let id = queue
            .trigger(entry.id(), payload, TriggerOptions::new())
            .await
            .map_err(|error| explain(error, self.payload.is_absent()))?;

        let modes = modes_beside(entry);
        program.install_logs();
        let supabase = program.supabase(&modes)?;
        let tasks = linked_tasks().filter(|task| modes.contains(&task.auth()));
        // Created before the task begins, so that no Ctrl-C is missed.
        let stop = shutdown_signal();
        let worker = Worker::new(&queue, &supabase)
            .tasks(tasks.map(TaskEntry::id))
            .schedules(false)
            .start()?;

        tell(format_args!("run {id} of task `{}`", entry.id()));
        let run = tokio::select! {
            run = follow(&queue, id, LOOK) => run?,
            () = stop => {
                tell("cancelling the run; press Ctrl-C again to stop at once");
                queue.cancel(id).await?;
                follow(&queue, id, LOOK).await?
            }
        };
        let exit = report(&run)?;
        tokio::select! {
            stopped = worker.shutdown() => stopped?,
            () = shutdown_signal() => {}
        }
        tell_of_others(&queue, id).await?;
        Ok(exit)
    }
}

/// The task's mode, and the others whose keys are set: for tasks that it triggers.
fn modes_beside(entry: &TaskEntry) -> Vec<AuthKind> {
    let mut modes = vec![entry.auth()];
    for mode in MODES {
        let is_linked = linked_tasks().any(|task| task.auth() == mode);
        if is_linked && mode != entry.auth() && is_configured(mode) {
            modes.push(mode);
        }
    }
    modes
}

fn is_configured(mode: AuthKind) -> bool {
    let (_, config) = configuration(&[(mode, None)].into_iter().collect());
    config.is_ok()
}

/// Runs that were triggered and not awaited end with the process.
async fn tell_of_others(queue: &Queue, id: RunId) -> Result<(), CommandError> {
    let runs = queue.runs(RunFilter::new().limit(1_000)).await?;
    let is_left = |run: &&Run| run.id != id && !run.status.is_final();
    let left = runs.iter().filter(is_left).count();
    if left > 0 {
        tell(format_args!(
            "warning: {left} more of the runs it triggered did not end, and are lost: use \
             `trigger` and `worker` to keep them"
        ));
    }
    Ok(())
}
