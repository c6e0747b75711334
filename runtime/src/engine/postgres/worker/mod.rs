//! A worker on Postgres.
//!
//! graphile_worker delivers tickets (`graphile`); a `ticket` holds all that an attempt needs, so to begin
//! one reads and writes nothing. What a ticket means is decided here:
//!
//! - `execute` makes the attempt of a ticket, and `attempts` is what runs, and how it is ended;
//! - `outcome` is what came of it, and `completer` writes it down, many in one statement; only then
//!   graphile_worker is told that the ticket is done;
//! - `queue_slots` has the places of queues with a limit, and `run_places` what one attempt holds;
//! - `maintenance` says that the worker lives, takes over from those that do not (`liveness`), and lets
//!   time do its work, by the database's `clock`;
//! - `register` writes down what the program has, and `schedules` triggers its scheduled tasks.

mod attempts;
mod clock;
mod completer;
mod execute;
mod graphile;
mod liveness;
mod maintenance;
mod outcome;
mod queue_slots;
mod register;
mod run_places;
mod schedules;
mod ticket;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::attempts::Attempts;
use self::graphile::Delivery;
pub(crate) use self::graphile::definition;
use super::backoff::{Backoff, retried};
use super::store::Postgres;
use crate::engine::WorkerError;
use crate::engine::worker::WorkPlan;

/// How long the worker may take to end, beyond the time to drain and the grace of attempts: whatever the
/// database does.
const ENDING: Duration = Duration::from_secs(4);

/// Works until `stop`, drains, hands back what is left.
pub(super) async fn work(
    engine: Arc<Postgres>,
    plan: WorkPlan,
    stop: CancellationToken,
) -> Result<(), WorkerError> {
    if engine.connections.listening().is_none() {
        return Err(WorkerError::Setup(
            "the queue's database is reached through a transaction pooler, which keeps no session: \
             give workers the direct connection or the session pooler (port 5432; dashboard: \
             Connect). Programs that only trigger can use this one"
                .to_owned(),
        ));
    }
    let plan = Arc::new(plan);
    register::register(&engine, &plan).await?;
    let give_up = CancellationToken::new();
    // Whatever ends this future ends what waits for the database.
    let _give_up_on_drop = give_up.clone().drop_guard();
    let longest = plan.settings.drain + plan.settings.grace + ENDING;
    let too_late = {
        let (stop, give_up) = (stop.clone(), give_up.clone());
        async move {
            stop.cancelled().await;
            tokio::time::sleep(longest).await;
            give_up.cancel();
            // What is left is given up a moment later.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        ended = deliver(&engine, &plan, &stop, &give_up) => ended,
        () = too_late => {
            tracing::warn!(
                "the worker ends although the database has not taken everything: other workers take \
                 over what is left"
            );
            Ok(())
        }
    }
}

/// Delivers tickets; begins again when graphile_worker breaks, which it does when the database is away in
/// the wrong moment.
async fn deliver(
    engine: &Arc<Postgres>,
    plan: &Arc<WorkPlan>,
    stop: &CancellationToken,
    give_up: &CancellationToken,
) -> Result<(), WorkerError> {
    let mut backoff = Backoff::new();
    while !stop.is_cancelled() {
        let error = match Delivery::init(engine, plan, stop, give_up.child_token()).await {
            Ok(delivery) => match serve(engine, plan, stop, give_up, Arc::new(delivery)).await? {
                Ok(()) => return Ok(()),
                Err(error) => error,
            },
            Err(error) => error,
        };
        if backoff.should_log() {
            tracing::warn!(error, "the delivery of runs broke; starting it again");
        }
        tokio::select! {
            () = backoff.sleep() => {}
            () = stop.cancelled() => {}
        }
    }
    Ok(())
}

/// One delivery, from its start to its end. An inner error is one of graphile_worker.
async fn serve(
    engine: &Arc<Postgres>,
    plan: &Arc<WorkPlan>,
    stop: &CancellationToken,
    give_up: &CancellationToken,
    delivery: Arc<Delivery>,
) -> Result<Result<(), String>, WorkerError> {
    let worker_id = delivery.worker_id().to_owned();
    let attempts = Arc::new(Attempts::new(engine, plan, &worker_id, stop, give_up));
    // Whatever ends this future ends what runs.
    let _abort = attempts.abort_on_drop();
    retried(|| maintenance::heartbeat(&attempts)).await?;
    let due = register::schedules(engine, plan, attempts.now()).await?;
    tracing::info!(
        worker.id = worker_id,
        tasks = plan.tasks.len(),
        concurrency = plan.settings.concurrency,
        "the worker starts"
    );

    let mut beside = JoinSet::new();
    beside.spawn(maintenance::listen(attempts.clone()));
    beside.spawn(maintenance::heartbeats(attempts.clone()));
    beside.spawn(maintenance::run(attempts.clone(), delivery.clone()));
    beside.spawn(schedules::run(attempts.clone(), due));
    let looking = attempts.clone();
    beside.spawn(async move { looking.look_when_asked().await });
    beside.spawn(interrupt_after(attempts.clone(), plan.settings.drain));

    let delivered = async {
        let delivered = delivery.run(&attempts).await;
        if delivered.is_err() {
            // Attempts that waited for other runs would wait for a delivery that there is not.
            attempts.interrupt();
        }
        // Attempts that waited for other runs have no ticket that was waited for.
        attempts.ended().await;
        delivered
    };
    let delivered = tokio::select! {
        delivered = delivered => delivered,
        broken = broken(&attempts, &mut beside) => {
            tracing::error!(worker.id = worker_id, broken, "a part of the worker has ended, and the worker with it");
            return Err(WorkerError::Setup(format!("a part of it has ended: {broken}")));
        }
    };
    drop(beside);
    let bury = sqlx::query("select supabase_task.bury($1)").bind(&worker_id);
    if let Err(error) = engine.connections.execute(bury).await {
        tracing::warn!(%error, worker.id = worker_id, "the worker could not sign off: others take over what it has");
    }
    tracing::info!(worker.id = worker_id, "the worker has stopped");
    Ok(match stop.is_cancelled() {
        // That it could not say goodbye to the database is not an error of this worker.
        true => Ok(()),
        false => delivered,
    })
}

/// Ready when something has ended that never ends by itself.
async fn broken(attempts: &Attempts, beside: &mut JoinSet<()>) -> String {
    let mut looks = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            ended = beside.join_next() => match ended {
                Some(Err(error)) => return error.to_string(),
                Some(Ok(())) if attempts.is_stopping() => {}
                Some(Ok(())) => return "a background task has returned".to_owned(),
                None => std::future::pending().await,
            },
            _ = looks.tick() => if let Some(part) = attempts.broken() {
                return part.to_owned();
            }
        }
    }
}

/// Once the time to drain is over, ends the attempts that are left.
async fn interrupt_after(attempts: Arc<Attempts>, drain: Duration) {
    attempts.stop().cancelled().await;
    tokio::time::sleep(drain).await;
    attempts.interrupt();
}
