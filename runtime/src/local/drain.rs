//! [`Drain`]: runs what a test has triggered.

use std::collections::HashMap;
use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use chrono::DateTime;
use futures_util::future::BoxFuture;
use tokio::time::{sleep, timeout};

use super::runs;
use crate::Supabase;
use crate::engine::{Queue, QueueError, Run, RunFilter, RunStatus, Worker, WorkerError};

/// How long a drain may take by default.
const WITHIN: Duration = Duration::from_secs(30);

/// How often it is checked whether anything is left. No engine reports this.
const POLL: Duration = Duration::from_millis(10);

/// How long a drain that was not in time may take to say what is left.
const REPORT: Duration = Duration::from_secs(5);

/// The most runs that an error shows.
const SHOWN: usize = 20;

impl Queue {
    /// For tests, with the feature `local`: runs a worker until no run is due, executing or waiting for a child,
    /// and returns the runs that it ran, oldest first. Set options on the returned [`Drain`], then `.await` it.
    ///
    /// ```
    /// use supabase_task::prelude::*;
    /// use supabase_task::{Queue, RunStatus};
    ///
    /// #[supabase_task(auth = "service")]
    /// async fn double(payload: u64, supabase: ServiceClient) -> TaskResult<u64> {
    ///     Ok(payload * 2)
    /// }
    ///
    /// # async fn example(supabase: Supabase) -> Result<(), Box<dyn std::error::Error>> {
    /// let queue = Queue::in_process();
    /// let handle = double::trigger(&queue, 21).await?;
    ///
    /// let ran = queue.drain(&supabase).await?;
    /// assert_eq!(ran.len(), 1);
    /// assert_eq!(ran[0].status, RunStatus::Completed);
    /// assert_eq!(handle.wait().await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn drain(&self, supabase: &Supabase) -> Drain {
        Drain {
            queue: self.clone(),
            supabase: supabase.clone(),
            with_delayed: false,
            with_retries: false,
            within: WITHIN,
        }
    }
}

/// A worker that runs until nothing is due, for tests. Returned by [`Queue::drain`].
///
/// It runs the tasks that are linked into this program, with the options of a [`Worker`], but no schedules. Runs
/// that are triggered in the meantime are run too.
///
/// When a run is due is decided by the queue's clock: that of PostgreSQL, or, for a queue in this process, tokio's,
/// which a test may pause. (In paused time, a request over the network may use up the whole time of a drain.)
#[must_use = "nothing is run until it is awaited"]
pub struct Drain {
    queue: Queue,
    supabase: Supabase,
    with_delayed: bool,
    with_retries: bool,
    within: Duration,
}

impl Drain {
    /// Runs delayed runs too, at once: their delay is cut short. Without this, they stay as they are.
    pub fn with_delayed(mut self) -> Self {
        self.with_delayed = true;
        self
    }

    /// Waits for the next attempts of failed runs too, until each has ended. The time between two attempts passes,
    /// so it helps if the task's `retry` has a small `min`. Without this, a run whose attempt failed is left with
    /// its next attempt.
    ///
    /// ```standalone_crate
    /// use supabase_task::prelude::*;
    /// use supabase_task::{Queue, RunStatus};
    ///
    /// /// Fails twice, and is tried again a second later, then two.
    /// #[supabase_task(auth = "service")]
    /// async fn flaky(payload: u32, _supabase: ServiceClient, ctx: TaskContext) -> TaskResult<()> {
    ///     match ctx.attempt() {
    ///         1 | 2 => Err(TaskError::retry("not yet")),
    ///         _ => Ok(()),
    ///     }
    /// }
    ///
    /// # /*
    /// #[tokio::test(start_paused = true)] // a queue in this process waits in no time
    /// # */
    /// # #[tokio::main(flavor = "current_thread", start_paused = true)]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// #     test().await
    /// # }
    /// async fn test() -> Result<(), Box<dyn std::error::Error>> {
    /// #   let supabase = Supabase::builder().url("http://127.0.0.1:9").secret_key("sb_secret_of_nobody");
    /// #   let supabase = supabase.build()?;
    ///     let queue = Queue::in_process();
    ///     flaky::trigger(&queue, 1).await?;
    ///     let ran = queue.drain(&supabase).with_retries().await?;
    ///     assert_eq!(ran[0].status, RunStatus::Completed);
    ///     assert_eq!(ran[0].attempts.len(), 3);
    ///     Ok(())
    /// }
    /// ```
    pub fn with_retries(mut self) -> Self {
        self.with_retries = true;
        self
    }

    /// Sets how long all of it may take. Default: 30 seconds.
    pub fn within(mut self, time: Duration) -> Self {
        self.within = time;
        self
    }

    async fn run(self) -> Result<Vec<Run>, DrainError> {
        match timeout(self.within, self.work()).await {
            Ok(ran) => ran,
            Err(_) => {
                let left = timeout(REPORT, runs::all(&self.queue, runs::open())).await;
                Err(DrainError::NotInTime {
                    within: self.within,
                    left: left.ok().and_then(Result::ok).unwrap_or_default(),
                })
            }
        }
    }

    async fn work(&self) -> Result<Vec<Run>, DrainError> {
        let before = runs::all(&self.queue, RunFilter::new()).await?;
        let before = before.into_iter().map(|run| (run.id, progress(&run)));
        let before: HashMap<_, _> = before.collect();
        let worker = Worker::new(&self.queue, &self.supabase).schedules(false);
        let registered = worker.registered();
        let mut drained = Ok(());
        let until_drained = async {
            // Afterwards, the database can trigger the tasks, also if there was nothing to run.
            registered.cancelled().await;
            drained = self.until_drained().await;
        };
        worker.run_until(until_drained).await?;
        drained?;
        let mut after = runs::all(&self.queue, RunFilter::new()).await?;
        after.retain(|run| match before.get(&run.id) {
            Some(before) => progress(run) != *before,
            None => progress(run) != (0, false),
        });
        Ok(after)
    }

    async fn until_drained(&self) -> Result<(), QueueError> {
        loop {
            if self.with_delayed {
                self.hurry().await?;
            }
            if self.is_drained().await? {
                return Ok(());
            }
            sleep(POLL).await;
        }
    }

    async fn is_drained(&self) -> Result<bool, QueueError> {
        let open = self.queue.stats().await?.total;
        if open.queued + open.executing + open.waiting > 0 {
            return Ok(false);
        }
        // A run that waits for its next attempt is `QUEUED`, but counted as delayed.
        let retries = RunFilter::new().status(RunStatus::Queued).limit(1);
        Ok(!self.with_retries || self.queue.runs(retries).await?.is_empty())
    }

    /// Makes the delayed runs due.
    async fn hurry(&self) -> Result<(), QueueError> {
        let delayed = RunFilter::new().status(RunStatus::Delayed);
        for run in runs::all(&self.queue, delayed).await? {
            match self.queue.reschedule(run.id, DateTime::UNIX_EPOCH).await {
                // It has become due, or was cancelled.
                Ok(_) | Err(QueueError::WrongStatus { .. } | QueueError::NoSuchRun(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// How many attempts the run has made, and whether it has ended.
fn progress(run: &Run) -> (usize, bool) {
    (run.attempts.len(), run.status.is_final())
}

impl IntoFuture for Drain {
    type Output = Result<Vec<Run>, DrainError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for Drain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain")
            .field("queue", &self.queue)
            .field("with_delayed", &self.with_delayed)
            .field("with_retries", &self.with_retries)
            .field("within", &self.within)
            .finish_non_exhaustive()
    }
}

/// Why a queue was not drained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DrainError {
    /// The queue failed.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The worker did not start, or stopped by itself.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// Runs were left when the time was over. The worker was stopped without draining.
    #[error("the queue was not drained within {within:?}; open runs:{}", shown(.left))]
    NotInTime {
        /// The time it had.
        within: Duration,
        /// The runs that have not ended, oldest first.
        left: Vec<Run>,
    },
}

fn shown(runs: &[Run]) -> String {
    let mut lines: Vec<_> = runs.iter().take(SHOWN).map(line).collect();
    if runs.len() > SHOWN {
        lines.push(format!("\n  … {} more", runs.len() - SHOWN));
    }
    lines.concat()
}

/// What a reader needs to find out why a run is left.
fn line(run: &Run) -> String {
    let (task, id, status, attempts) = (&run.task_id, run.id, run.status, run.attempts.len());
    let reason = match status {
        RunStatus::Delayed => format!("until {}", run.run_at),
        RunStatus::Queued if attempts > 0 => format!("next attempt at {}", run.run_at),
        RunStatus::Queued if crate::engine::task(task).is_err() => {
            "the task is not linked into this program".to_owned()
        }
        RunStatus::Waiting => "for a child".to_owned(),
        _ => format!("since {}", run.run_at),
    };
    format!("\n  {task} {id} {status}, {attempts} attempts, {reason}")
}
