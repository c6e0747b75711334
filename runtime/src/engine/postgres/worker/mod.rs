//! A worker on Postgres.
//!
//! graphile_worker delivers tickets; what a ticket means is decided here. Around it:
//!
//! - `begin` takes tickets into this worker's `hand`, as many as there are places, by the statement in
//!   `fetch`; `begun` is what is in hand, and `deliveries` what is on its way through graphile_worker;
//! - `redeem` makes the attempts of tickets, and `attempts` ends them;
//! - `finish` writes down what came of them, many in one statement;
//! - `upkeep` says that the worker lives, takes over runs of workers that do not, and tidies up;
//! - `schedules` triggers scheduled tasks.

mod attempts;
mod begin;
mod begun;
mod deliveries;
mod fetch;
mod finish;
mod hand;
mod heard;
mod lost;
mod outcome;
mod places;
mod plain;
mod redeem;
mod register;
mod schedules;
mod upkeep;

use std::sync::Arc;
use std::time::Duration;

use graphile_worker::{Database, LocalQueueConfig, RefetchDelayConfig, WorkerOptions};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

pub(super) use self::attempts::Attempts;
pub(super) use self::begin::{Beginner, Notice, Request};
use self::finish::Finisher;
use super::events::Backoff;
use super::listening::ListeningDatabase;
use super::store::Postgres;
use crate::engine::WorkerError;
use crate::engine::worker::WorkPlan;

/// Completed tickets are removed in one statement for those of this time.
const COMPLETION_BATCH: Duration = Duration::from_millis(5);

/// With notifications, polling only finds what a notification was missed for, and what was delayed.
const POLL: Duration = Duration::from_secs(1);

/// How long tickets may be fetched and not begun. There are never more than places, so they hardly
/// ever wait; then they go back.
const FETCHED: Duration = Duration::from_secs(2);

/// What graphile_worker waits beyond our own limits, so that it never ends a ticket before we do.
const SLACK: Duration = Duration::from_secs(60);

/// Works until `stop`, drains, hands back what is left.
pub(super) async fn work(
    engine: Arc<Postgres>,
    plan: WorkPlan,
    stop: CancellationToken,
) -> Result<(), WorkerError> {
    let registered = register::register(&engine, &plan).await?;
    let worker_id = format!("worker-{}", uuid::Uuid::new_v4().simple());
    tracing::info!(
        worker.id = worker_id,
        tasks = plan.tasks.len(),
        concurrency = plan.settings.concurrency,
        "the worker starts"
    );

    let (drain, grace) = (plan.settings.drain, plan.settings.grace);
    let beginner = Beginner::start(&engine, &worker_id, plan.settings.concurrency, &stop);
    let finisher = Finisher::start(&engine, &beginner);
    let attempts = Arc::new(Attempts::new(
        engine.clone(),
        plan,
        worker_id.clone(),
        beginner.clone(),
        &finisher,
        registered.limited_queues,
        stop.clone(),
    ));
    // Whatever ends this future ends what runs.
    let _abort = attempts.abort_on_drop();
    let beside = [
        spawn(upkeep::listen_for_cancellations(attempts.clone())),
        spawn(upkeep::heartbeat(attempts.clone())),
        spawn(upkeep::run(attempts.clone())),
        spawn(schedules::run(attempts.clone(), registered.schedules)),
        spawn(interrupt_after(attempts.clone(), stop.clone(), drain)),
    ];

    deliver(&attempts, &stop, drain + grace).await;

    // Attempts that waited for other runs have no handler that was waited for.
    attempts.ended().await;
    drop(beside);
    finisher.close(drain + grace).await;
    beginner.sign_off().await;
    tracing::info!(worker.id = worker_id, "the worker has stopped");
    Ok(())
}

fn spawn(future: impl Future<Output = ()> + Send + 'static) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(future))
}

/// Once the time to drain is over, ends the attempts that are left.
async fn interrupt_after(attempts: Arc<Attempts>, stop: CancellationToken, drain: Duration) {
    stop.cancelled().await;
    tokio::time::sleep(drain).await;
    attempts.interrupt();
}

/// Lets graphile_worker deliver tickets until `stop`; starts it again when it breaks.
async fn deliver(attempts: &Arc<Attempts>, stop: &CancellationToken, longest_end: Duration) {
    let mut wait = Backoff::new();
    while !stop.is_cancelled() {
        let error = match options(attempts, stop, longest_end).init().await {
            Ok(worker) => {
                attempts.delivered_by(worker.worker_id());
                let ended = worker.run().await;
                attempts.beginner().give_back_untaken().await;
                match ended {
                    Ok(()) => return,
                    Err(error) => error.to_string(),
                }
            }
            Err(error) => error.to_string(),
        };
        tracing::warn!(%error, "the delivery of runs broke; starting it again");
        tokio::select! {
            () = wait.sleep() => {}
            () = stop.cancelled() => {}
        }
    }
}

fn options(
    attempts: &Arc<Attempts>,
    stop: &CancellationToken,
    longest_end: Duration,
) -> WorkerOptions {
    let engine = attempts.engine();
    let plan = attempts.plan();
    let takeover = engine.settings.takeover;
    let concurrency = plan.settings.concurrency;
    let database = ListeningDatabase::new(
        engine.connections.pool.clone(),
        engine.events.clone(),
        attempts.beginner().clone(),
    );
    // Without a local queue a backlog drains at one job a poll for each slot; without the refetch
    // delay an idle worker asks the database thousands of times a second.
    let refetch = RefetchDelayConfig::default()
        .with_duration(POLL)
        .with_threshold(0)
        .with_max_abort_threshold(1);
    let local_queue = LocalQueueConfig::default()
        .with_size(concurrency)
        .with_ttl(FETCHED)
        .with_refetch_delay(refetch);
    WorkerOptions::default()
        .database(Database::new(database))
        .concurrency(concurrency)
        .poll_interval(POLL)
        .local_queue(local_queue)
        .complete_job_batch_delay(COMPLETION_BATCH)
        .heartbeat_interval(takeover / 6)
        .sweep_interval(takeover / 6)
        .sweep_threshold(takeover)
        .recovery_delay(Duration::ZERO)
        .listen_os_shutdown_signals(false)
        .shutdown_signal(stop.clone().cancelled_owned())
        .shutdown_grace_period(longest_end + SLACK)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .define_jobs(plan.tasks.values().map(|task| task.definition()))
        .add_extension(attempts.clone())
}
