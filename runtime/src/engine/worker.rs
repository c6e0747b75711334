//! [`Worker`]: runs the tasks of this program.

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
use super::backend::Working;
use super::{Queue, WorkerError};
use crate::Supabase;

/// A worker, which runs the tasks linked into this program, or some of them.
///
/// Any number of workers can share a queue. A worker takes only runs of tasks it has, so an older
/// version of a program leaves new tasks to a newer version that runs beside it.
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
#[must_use = "a worker does nothing until you run or start it"]
pub struct Worker {
    queue: Queue,
    supabase: Supabase,
    settings: WorkerSettings,
}

impl Worker {
    /// Creates a worker for all tasks of this program, with ten runs at a time.
    pub fn new(queue: &Queue, supabase: &Supabase) -> Self {
        Self {
            queue: queue.clone(),
            supabase: supabase.clone(),
            settings: WorkerSettings::default(),
        }
    }

    /// Sets how many runs the worker executes at once: 1 to 1,000. Default: 10. A run that waits for a
    /// child does not count.
    pub fn concurrency(mut self, runs: usize) -> Self {
        self.settings.concurrency = runs.clamp(1, 1_000);
        self
    }

    /// Restricts the worker to tasks of these queues. A task without a `queue` has its own, named after the
    /// task's id.
    pub fn queues<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.settings.queues = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Restricts the worker to these tasks, by id.
    pub fn tasks<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.settings.tasks = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// Sets how long running attempts may continue when the worker is stopping. After that they are
    /// interrupted and their runs handed back. Default: 30 seconds, which most platforms allow after
    /// SIGTERM.
    pub fn drain(mut self, time: Duration) -> Self {
        self.settings.drain = time;
        self
    }

    /// Sets how long a cancelled attempt may continue after its task is notified, before the attempt is
    /// dropped. Default: 5 seconds.
    pub fn grace(mut self, time: Duration) -> Self {
        self.settings.grace = time;
        self
    }

    /// Sets whether the worker triggers its scheduled tasks when they are due. Default: yes. Each tick
    /// is triggered once, however many workers there are.
    pub fn schedules(mut self, on: bool) -> Self {
        self.settings.schedules = on;
        self
    }

    /// Sets whether the worker starts even if the schedule of a task is invalid, because its time zone
    /// is unknown or its cron line is wrong. Default: no, the worker refuses to start.
    ///
    /// If yes, each such schedule is logged as an error when the worker starts. The worker keeps the
    /// other schedules, and still runs the task whenever it is triggered.
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

    /// Runs until the process receives SIGTERM or SIGINT (on Windows, Ctrl-C), then drains and hands
    /// back the remaining runs.
    ///
    /// # Errors
    ///
    /// If the worker cannot start: a secret that its tasks need is missing, a schedule is invalid (see
    /// [`skip_invalid_schedules`](Self::skip_invalid_schedules)), or two tasks have the same id or
    /// disagree about their queue's limit. Also if the queue cannot be set up.
    pub async fn run(self) -> Result<(), WorkerError> {
        self.run_until(shutdown_signal()).await
    }

    /// Runs until this future is ready, then drains and hands back the remaining runs.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<(), WorkerError> {
        let token = CancellationToken::new();
        // Dropping this future stops the worker too.
        let _stop_on_drop = token.clone().drop_guard();
        let mut work = self.work(token.clone())?;
        tokio::select! {
            ended = &mut work => return ended,
            () = stop => {}
        }
        token.cancel();
        work.await
    }

    /// Starts the worker in the background, on the current Tokio runtime.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), except for errors of the queue, which [`RunningWorker`] reports.
    pub fn start(self) -> Result<RunningWorker, WorkerError> {
        let stop = CancellationToken::new();
        let worker = Some(tokio::spawn(self.work(stop.clone())?));
        Ok(RunningWorker { stop, worker })
    }

    /// Returns the token that is cancelled once the queue knows the worker's tasks.
    #[cfg(feature = "local")]
    pub(crate) fn registered(&self) -> CancellationToken {
        self.settings.registered.clone()
    }

    fn work(self, stop: CancellationToken) -> Result<Working, WorkerError> {
        let plan = WorkPlan::new(self.supabase, self.queue.clone(), self.settings)?;
        Ok(self.queue.backend().clone().work(plan, stop))
    }
}
