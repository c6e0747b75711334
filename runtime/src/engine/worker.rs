//! [`Worker`]: what runs the tasks of this program.

mod plan;
mod running;
mod scheduled;
mod settings;
mod signals;

use std::time::Duration;

use tokio_util::sync::CancellationToken;

pub(crate) use self::plan::{Attempt, WorkPlan};
pub use self::running::RunningWorker;
pub(crate) use self::settings::WorkerSettings;
pub(crate) use self::signals::shutdown_signal;
use super::{Queue, WorkerError};
use crate::Supabase;

/// What runs the tasks of this program: those linked into it, or some of them.
///
/// Any number of workers can share a queue. A worker takes only runs of tasks it has, so an older
/// version of a program beside a newer one leaves the new tasks alone.
///
/// ```no_run
/// use std::time::Duration;
/// use supabase_task::prelude::*;
/// use supabase_task::{Queue, Worker};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let supabase = Supabase::from_env()?;
/// let queue = Queue::in_process();
/// Worker::new(&queue, &supabase)
///     .concurrency(20)
///     .drain(Duration::from_secs(25))
///     .run()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "start it"]
pub struct Worker {
    queue: Queue,
    supabase: Supabase,
    settings: WorkerSettings,
}

impl Worker {
    /// A worker for all tasks of this program, ten at a time.
    pub fn new(queue: &Queue, supabase: &Supabase) -> Self {
        Self {
            queue: queue.clone(),
            supabase: supabase.clone(),
            settings: WorkerSettings::default(),
        }
    }

    /// How many runs it works on at once: 1 to 1,000. Default: 10. A run that waits for a child does
    /// not count.
    pub fn concurrency(mut self, runs: usize) -> Self {
        self.settings.concurrency = runs.clamp(1, 1_000);
        self
    }

    /// Only tasks of these queues. A task without a `queue` has one of its own, with its id as name.
    pub fn queues<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.settings.queues = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Only these tasks, by their ids.
    pub fn tasks<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.settings.tasks = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// How long running attempts may go on once the worker is to stop; then they are interrupted and
    /// their runs handed back. Default: 30 seconds, what most platforms give after SIGTERM.
    pub fn drain(mut self, time: Duration) -> Self {
        self.settings.drain = time;
        self
    }

    /// How long a cancelled attempt may go on after it was told, before it is dropped. Default: 5
    /// seconds.
    pub fn grace(mut self, time: Duration) -> Self {
        self.settings.grace = time;
        self
    }

    /// Whether it triggers its scheduled tasks when they are due. Default: yes; any number of
    /// workers trigger each tick once.
    pub fn schedules(mut self, on: bool) -> Self {
        self.settings.schedules = on;
        self
    }

    /// Whether it starts although the schedule of a task cannot work, because its time zone is
    /// unknown or its cron line is wrong. Default: no, it refuses to start.
    ///
    /// If yes, each such schedule is logged as an error when the worker starts. The worker keeps the
    /// other schedules, and runs the task whenever it is triggered.
    ///
    /// ```no_run
    /// use supabase_task::prelude::*;
    /// use supabase_task::{Queue, Worker};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let supabase = Supabase::from_env()?;
    /// let queue = Queue::in_process();
    /// Worker::new(&queue, &supabase)
    ///     .skip_invalid_schedules(true)
    ///     .run()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn skip_invalid_schedules(mut self, skip: bool) -> Self {
        self.settings.skip_invalid_schedules = skip;
        self
    }

    /// Runs until the process is told to stop (SIGTERM, SIGINT; Ctrl-C on Windows), then drains and
    /// hands back what is left.
    ///
    /// # Errors
    ///
    /// If it cannot start: a secret that its tasks need is missing, a schedule cannot work (see
    /// [`skip_invalid_schedules`](Self::skip_invalid_schedules)), two tasks have one id or disagree
    /// about their queue's limit; or if the queue cannot be set up.
    pub async fn run(self) -> Result<(), WorkerError> {
        self.run_until(shutdown_signal()).await
    }

    /// Runs until this future is ready, then drains and hands back what is left.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), WorkerError> {
        let token = CancellationToken::new();
        // Dropping this future stops the worker too.
        let _stop_on_drop = token.clone().drop_guard();
        let work = self.work(token.clone())?;
        tokio::pin!(work);
        tokio::select! {
            ended = &mut work => return ended,
            () = stop => {}
        }
        token.cancel();
        work.await
    }

    /// Starts it beside what the program does, on the Tokio runtime this is called in.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), as far as it can be seen without the queue.
    pub fn start(self) -> Result<RunningWorker, WorkerError> {
        let stop = CancellationToken::new();
        let work = self.work(stop.clone())?;
        Ok(RunningWorker::new(stop, tokio::spawn(work)))
    }

    fn work(
        self,
        stop: CancellationToken,
    ) -> Result<impl Future<Output = Result<(), WorkerError>> + Send + 'static, WorkerError> {
        let plan = WorkPlan::new(self.supabase, self.queue.clone(), self.settings)?;
        Ok(self.queue.backend().clone().work(plan, stop))
    }
}
