//! What every test needs: an engine of its own, a log that its tasks write to, and a gate that they
//! wait at.

use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use supabase_task::engine::{Run, RunningWorker, WaitError};
use supabase_task::task::RunId;
use supabase_task::{Queue, RunStatus, Supabase, Worker};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

/// How long a test waits for something that must happen.
const DEADLINE: Duration = Duration::from_secs(20);

/// Declares each test for both engines. A test is a function of the same name that takes an
/// [`Engine`].
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod in_process {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::support::Engine::in_process()).await;
            })+
        }

        #[cfg(feature = "external")]
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::support::Engine::postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both_engines;

/// An empty queue for one test, and the project that its tasks run with.
pub(crate) struct Engine {
    pub(crate) queue: Queue,
    pub(crate) supabase: Supabase,
    pub(crate) log: Log,
    pub(crate) gate: Gate,
    /// Dropped after the queue, because dropping it ends the queue's connections.
    #[cfg(feature = "external")]
    _database: Option<supabase_task_tests::TestDatabase>,
}

impl Engine {
    pub(crate) fn in_process() -> Self {
        let (log, gate) = (Log::default(), Gate::default());
        Self {
            queue: Queue::in_process(),
            supabase: project(&log, &gate),
            log,
            gate,
            #[cfg(feature = "external")]
            _database: None,
        }
    }

    #[cfg(feature = "external")]
    pub(crate) async fn postgres() -> Self {
        let database = supabase_task_tests::TestDatabase::create().await;
        let url = database.url().to_string();
        Self {
            queue: Queue::connect(&url).await.unwrap(),
            _database: Some(database),
            ..Self::in_process()
        }
    }

    /// A worker for all tasks, ten at a time, that stops soon after it is told to.
    pub(crate) fn worker(&self) -> Worker {
        Worker::new(&self.queue, &self.supabase)
            .drain(Duration::from_secs(10))
            .grace(Duration::from_millis(100))
    }

    pub(crate) fn start(&self) -> RunningWorker {
        self.worker().start().unwrap()
    }

    /// Waits until the run has ended and returns it.
    pub(crate) async fn finished(&self, run: RunId) -> Run {
        let finished = timeout(DEADLINE, self.queue.finished(run)).await;
        finished
            .unwrap_or_else(|_| panic!("the run {run} is not over"))
            .unwrap()
    }

    /// Waits until the run has this status and returns it.
    pub(crate) async fn reached(&self, run: RunId, status: RunStatus) -> Run {
        self.eventually(run, |run| run.status == status).await
    }

    /// Waits until the condition holds for the run and returns it.
    pub(crate) async fn eventually(&self, run: RunId, is_so: impl Fn(&Run) -> bool) -> Run {
        let end = Instant::now() + DEADLINE;
        loop {
            let now = self.queue.retrieve(run).await.unwrap();
            if is_so(&now) {
                return now;
            }
            assert!(Instant::now() < end, "it is still {now:?}");
            sleep(Duration::from_millis(3)).await;
        }
    }
}

/// A project without a server: these tasks do not call Supabase.
fn project(log: &Log, gate: &Gate) -> Supabase {
    Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_of_nobody")
        .secret_key("sb_secret_of_nobody")
        .jwt_secret("a-secret-of-nobody-with-more-than-32-bytes")
        .state(log.clone())
        .state(gate.clone())
        .build()
        .unwrap()
}

/// The lines that tasks wrote, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn write(&self, line: impl Into<String>) {
        self.lines_mut().push(line.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines_mut().clone()
    }

    /// Waits until a task has written this line.
    pub(crate) async fn has(&self, line: &str) {
        let end = Instant::now() + DEADLINE;
        while !self.lines_mut().iter().any(|written| written == line) {
            let lines = self.lines();
            assert!(Instant::now() < end, "no `{line}` in {lines:?}");
            sleep(Duration::from_millis(3)).await;
        }
    }

    fn lines_mut(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A gate where tasks wait until the test opens it.
#[derive(Clone)]
pub(crate) struct Gate {
    arrived: Arc<Semaphore>,
    open: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            arrived: Arc::new(Semaphore::new(0)),
            open: Arc::new(Semaphore::new(0)),
        }
    }
}

impl Gate {
    /// The task's side: reports its arrival and waits.
    pub(crate) async fn pass(&self) {
        self.arrived.add_permits(1);
        self.open.acquire().await.unwrap().forget();
    }

    /// The test's side: waits for the given number of further tasks to arrive.
    pub(crate) async fn arrived(&self, tasks: u32) {
        let arrived = timeout(DEADLINE, self.arrived.acquire_many(tasks)).await;
        arrived
            .unwrap_or_else(|_| panic!("{tasks} tasks did not come"))
            .unwrap()
            .forget();
    }

    /// Lets the given number of tasks pass, now or when they arrive.
    pub(crate) fn open(&self, tasks: usize) {
        self.open.add_permits(tasks);
    }
}

/// Awaits the future, within the deadline.
#[track_caller]
pub(crate) fn soon<F: IntoFuture>(future: F) -> impl Future<Output = F::Output> {
    let place = Location::caller();
    let ended = timeout(DEADLINE, future.into_future());
    async move {
        ended
            .await
            .unwrap_or_else(|_| panic!("what is awaited at {place} is not over"))
    }
}

/// The status of a run that did not complete.
pub(crate) fn status_of<T: std::fmt::Debug>(waited: Result<T, WaitError>) -> RunStatus {
    match waited {
        Err(WaitError::NotCompleted { status, .. }) => status,
        other => panic!("{other:?}"),
    }
}

/// Waits until the run can no longer be started.
pub(crate) async fn time_to_live_is_over(engine: &Engine, run: RunId) {
    let run = engine.queue.retrieve(run).await.unwrap();
    let end = SystemTime::from(run.expires_at.unwrap());
    // The engine's clock may have a finer resolution than the one that is read here.
    while SystemTime::now() <= end + Duration::from_millis(1) {
        sleep(Duration::from_millis(1)).await;
    }
}
