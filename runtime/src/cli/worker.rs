//! `worker`: runs triggered and scheduled tasks until it is stopped.

use std::time::Duration;

use clap::Args;

use super::arguments::shown;
use super::database::DatabaseOption;
use super::error::CommandError;
use super::exit::Exit;
use super::output::tell;
use super::program::Program;
use super::queue::Tables;
use super::tasks::{has_tasks, linked_task};
use super::{duration, queue};
use crate::auth::AuthKind;
use crate::engine::{Worker, queue_of_tasks};
use crate::task::{TaskEntry, linked_tasks};

/// Run triggered and scheduled tasks until SIGTERM or SIGINT.
///
/// Any number of workers can share the queue. On a signal, a worker takes no new runs, lets runs in
/// flight continue for the time of `--drain`, hands back the rest, and ends with exit code 0.
///
/// It reads only the keys that its tasks need: with `--tasks` or `--queues` a worker can run without
/// the secret key. It logs to the standard error. RUST_LOG selects the lines, as in `RUST_LOG=info`;
/// the default is supabase_task's own lines, and warnings.
#[derive(Args, Debug)]
pub(super) struct RunWorker {
    /// Run only tasks of these queues.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    queues: Vec<String>,

    /// Run only these tasks.
    #[arg(long, value_name = "TASK,…", value_delimiter = ',')]
    tasks: Vec<String>,

    /// How many runs to work on at once: 1 to 1000.
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 10,
        value_parser = clap::value_parser!(u16).range(1..=1000)
    )]
    concurrency: u16,

    /// How long runs in flight may continue when the worker stops.
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    drain: Duration,

    #[command(flatten)]
    database: DatabaseOption,
}

impl RunWorker {
    pub(super) async fn run(self, program: Program<'_>) -> Result<Exit, CommandError> {
        has_tasks()?;
        for id in &self.tasks {
            linked_task(id)?;
        }
        for name in &self.queues {
            if queue_of_tasks(name).is_err() {
                queue_of_tasks(shown(name))?;
            }
        }
        program.install_logs();
        let modes = self.modes();
        let queue = queue::connect(self.database, program.variables, Tables::Migrate).await?;
        let supabase = program.supabase(&modes)?;
        let mut worker = Worker::new(&queue, &supabase)
            .concurrency(usize::from(self.concurrency))
            .drain(self.drain);
        if !self.queues.is_empty() {
            worker = worker.queues(self.queues);
        }
        if !self.tasks.is_empty() {
            worker = worker.tasks(self.tasks);
        }
        worker.run().await?;
        tell("the worker has stopped");
        Ok(Exit::Done)
    }

    /// The modes of its tasks.
    fn modes(&self) -> Vec<AuthKind> {
        let has =
            |names: &[String], name: &str| names.is_empty() || names.iter().any(|n| n == name);
        let is_its =
            |task: &&TaskEntry| has(&self.tasks, task.id()) && has(&self.queues, task.queue());
        let mut modes: Vec<_> = linked_tasks().filter(is_its).map(TaskEntry::auth).collect();
        modes.sort_unstable();
        modes.dedup();
        modes
    }
}
