//! The delivery of tickets by graphile_worker.
//!
//! graphile_worker stores tickets as its jobs, gives each to one worker, and takes tickets back from dead
//! workers. Its hook `BeforeJobRun` runs the attempt of a job and says whether the job is done, so its
//! handlers are never called. Only its public interface is used.
//!
//! - `driver`, `transaction`, `cells`: its connection to the database, with deadlines, retries, and rows that
//!   cannot fail a batch.
//! - `texts`: keeps payloads away from it, and thereby out of its logs.
//! - `fetches`: wakes it when it has fetched nothing for too long.
//! - `jobs`: the jobs that this worker is executing.
//! - `definition`: the name by which it knows a task.
//! - `recovery`: what happens to the tickets of a dead worker.
//! - `schema`: the schema of its tables.

mod cells;
mod definition;
mod driver;
mod fetches;
mod jobs;
mod recovery;
pub(in crate::engine::postgres) mod schema;
mod texts;
mod transaction;

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use graphile_worker::{
    BeforeJobRun, Database, HookResult, JobRecovery, LocalQueueConfig, RefetchDelayConfig,
    WorkerOptions,
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::definition::{JobDefinition, NamedTask, definition};
use self::driver::Driver;
use self::fetches::{FETCHED, Fetches, POLL};
use self::jobs::Jobs;
use self::texts::Texts;
use super::execute::{ClaimedJob, Job};
use super::state::WorkerState;
use crate::engine::postgres::core::Postgres;
use crate::engine::worker::WorkPlan;

/// How long completed tickets gather before one statement removes them.
const COMPLETION_BATCH: Duration = Duration::from_millis(5);

/// How many more jobs than slots a worker may handle: an attempt that has ended needs no slot while its
/// outcome is being stored. More handlers cost more, because all of them wake for each notification.
const MORE_HANDLERS: usize = 100;

/// A worker of graphile_worker.
pub(super) struct Delivery {
    worker: graphile_worker::Worker,
    database: Database,
    state: Arc<OnceLock<Arc<WorkerState>>>,
    jobs: Jobs,
    closed: CancellationToken,
}

impl Delivery {
    /// Sets up graphile_worker, which gets its worker id then. `closed` ends all its statements.
    pub(super) async fn init(
        engine: &Postgres,
        plan: &WorkPlan,
        stop: &CancellationToken,
        closed: CancellationToken,
    ) -> Result<Self, String> {
        let state = Arc::new(OnceLock::new());
        let (texts, jobs) = (Texts::default(), Jobs::default());
        let driver = Driver {
            connections: engine.connections.delivery(),
            events: engine.events.clone(),
            jobs_schema: engine.jobs_schema.clone(),
            closed: closed.clone(),
            texts: texts.clone(),
            worker: state.clone(),
            fetches: Fetches::new(),
            lost: Mutex::default(),
        };
        let database = Database::new(driver);
        let takeover = engine.settings.takeover;
        let concurrency = plan.settings.concurrency;
        // Without a local queue, a backlog drains at one job per poll for each slot. Without the refetch
        // delay, an idle worker queries the database thousands of times a second.
        let refetch = RefetchDelayConfig::default()
            .with_duration(POLL)
            .with_threshold(0)
            .with_max_abort_threshold(1);
        let local_queue = LocalQueueConfig::default()
            .with_size(concurrency)
            .with_ttl(FETCHED)
            .with_refetch_delay(refetch);
        let (before, executing) = (state.clone(), jobs.clone());
        let (recovery, recovered) = (state.clone(), texts.clone());
        let options = WorkerOptions::default()
            .database(database.clone())
            .schema(engine.jobs_schema.name())
            .concurrency(concurrency + MORE_HANDLERS)
            .poll_interval(POLL)
            .local_queue(local_queue)
            .complete_job_batch_delay(COMPLETION_BATCH)
            .heartbeat_interval(takeover / 6)
            .sweep_interval(takeover / 6)
            .sweep_threshold(takeover)
            .recovery_delay(Duration::ZERO)
            .listen_os_shutdown_signals(false)
            .shutdown_signal(stop.clone().cancelled_owned())
            .define_jobs(plan.tasks.values().map(|task| task.definition()))
            // The attempt runs in this hook instead of in the task's handler, because graphile_worker logs a
            // line for each call of a handler.
            .on(BeforeJobRun, move |context| {
                let (state, jobs) = (before.clone(), executing.clone());
                let text = texts.take(*context.job.id());
                async move { deliver(&state, &jobs, &context.job, &text).await }
            })
            .on(JobRecovery, move |context| {
                let state = recovery.clone();
                let text = recovered.take(*context.job.id());
                async move { recovery::recover(&state, &context, &text).await }
            });
        let worker = options.init().await.map_err(|error| error.to_string())?;
        Ok(Self {
            worker,
            database,
            state,
            jobs,
            closed,
        })
    }

    pub(super) fn worker_id(&self) -> &str {
        self.worker.worker_id()
    }

    /// Delivers tickets until the worker stops and all delivered tickets are done.
    pub(super) async fn run(&self, state: &Arc<WorkerState>) -> Result<(), String> {
        // An error is impossible: a delivery runs once.
        let _ = self.state.set(state.clone());
        self.worker.run().await.map_err(|error| error.to_string())
    }

    /// Gives back tickets that this worker has locked without knowing of them, because a response was lost
    /// when they were fetched or finished. Returns how many.
    pub(super) async fn give_back_unknown(&self) -> Result<u64, String> {
        let Some(driver) = self.database.downcast_ref::<Driver>() else {
            return Ok(0);
        };
        let locked = driver.lost_jobs(self.worker_id()).await?;
        let mut given_back = 0;
        for job in locked.into_iter().filter(|job| !self.jobs.contains(*job)) {
            let job = graphile_worker::Job::builder().id(job).build();
            graphile_worker::sql::return_jobs::recovery::return_job_for_recovery(
                &self.database,
                &job,
                driver.jobs_schema.name(),
                self.worker_id(),
                Some(Duration::ZERO),
                Some("it was lost on its way to a worker"),
            )
            .await
            .map_err(|error| error.to_string())?;
            given_back += 1;
        }
        Ok(given_back)
    }
}

impl Drop for Delivery {
    /// Ends everything that the delivery has started.
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

async fn deliver(
    state: &OnceLock<Arc<WorkerState>>,
    jobs: &Jobs,
    job: &graphile_worker::Job,
    text: &str,
) -> HookResult {
    let Some(state) = state.get() else {
        return HookResult::Fail("the worker is not set up".to_owned());
    };
    let _executing = jobs.execute(*job.id());
    let delivered = state
        .execute_job(Job {
            id: *job.id(),
            task: job.task_identifier(),
            payload: text,
            is_redelivered: job.last_error().is_some() || *job.attempts() > 1,
        })
        .await;
    match delivered {
        ClaimedJob::Done => HookResult::Skip,
        ClaimedJob::Refused(reason) => HookResult::Fail(reason.to_owned()),
    }
}
