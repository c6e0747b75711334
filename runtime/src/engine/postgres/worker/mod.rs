//! A worker on Postgres.
//!
//! graphile_worker delivers tickets (`graphile`); a `ticket` holds all that an attempt needs, so to begin
//! one reads and writes nothing. What a ticket means is decided here:
//!
//! - `execute` makes the attempt of a ticket, and `attempts` is what runs, and how it is ended;
//! - `outcome` is what came of it, and `completer` writes it down, many in one statement; only then
//!   graphile_worker is told that the ticket is done;
//! - `queue_slots` has the places of queues with a limit, and `run_slots` what one attempt holds;
//! - `maintenance` says that the worker lives, takes over from those that do not (`liveness`), and lets
//!   time do its work, by the database's `clock`;
//! - `register` writes down what the program has, and `schedules` triggers its scheduled tasks.

mod attempts;
mod clock;
mod completer;
mod execute;
pub(super) mod graphile;
mod liveness;
mod maintenance;
mod outcome;
mod parts;
mod queue_slots;
mod register;
mod run_slots;
mod schedules;
mod ticket;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::attempts::Attempts;
use self::graphile::Delivery;
pub(crate) use self::graphile::{JobDefinition, NamedTask, definition};
use self::parts::Parts;
use self::register::Due;
use super::backoff::Backoff;
use super::core::Postgres;
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
    if !engine.connections.can_listen() {
        return Err(WorkerError::Setup(
            "the queue's database is reached through a transaction pooler, which keeps no session: \
             give workers the direct connection or the session pooler (port 5432; dashboard: \
             Connect). Programs that only trigger can use this one"
                .to_owned(),
        ));
    }
    let plan = Arc::new(plan);
    tokio::select! {
        registered = register::register(&engine, &plan) => registered?,
        // Nothing was begun.
        () = stop.cancelled() => return Ok(()),
    }
    let give_up = CancellationToken::new();
    // Whatever ends this future ends what waits for the database.
    let _give_up_on_drop = give_up.clone().drop_guard();
    let (drain, grace) = (plan.settings.drain, plan.settings.grace);
    let longest = drain.saturating_add(grace).saturating_add(ENDING);
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
        let delivery = tokio::select! {
            delivery = Delivery::init(engine, plan, stop, give_up.child_token()) => delivery,
            () = stop.cancelled() => break,
        };
        let error = match delivery {
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
    let due = match ready(&attempts).await {
        Ok(due) => due,
        Err(WorkerError::Queue(error)) if error.is_retryable() => {
            return Ok(Err(error.to_string()));
        }
        Err(error) => return Err(error),
    };
    tracing::info!(
        worker.id = worker_id,
        tasks = plan.tasks.len(),
        concurrency = plan.settings.concurrency,
        "the worker starts"
    );

    let mut parts = Parts::default();
    parts.start(
        "what hears the database",
        maintenance::listen(attempts.clone()),
    );
    parts.start(
        "what says that the worker lives",
        maintenance::heartbeats(attempts.clone()),
    );
    parts.start(
        "what maintains the queue",
        maintenance::run(attempts.clone(), delivery.clone()),
    );
    parts.start(
        "what looks for parked runs",
        maintenance::look_for_skipped(attempts.clone()),
    );
    parts.start(
        "what keeps the schedules",
        schedules::run(attempts.clone(), due),
    );
    let looking = attempts.clone();
    parts.start("what looks for cancelled runs", async move {
        looking.look_when_asked().await
    });
    parts.start(
        "what ends the time to drain",
        interrupt_after(attempts.clone(), plan.settings.drain),
    );

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
        broken = broken(&attempts, &mut parts) => {
            tracing::error!(worker.id = worker_id, broken, "a part of the worker has ended, and the worker with it");
            return Err(WorkerError::Broken(broken));
        }
    };
    drop(parts);
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

/// The database hears the worker, and says when its schedules are due.
async fn ready(attempts: &Attempts) -> Result<Vec<Due>, WorkerError> {
    maintenance::heartbeat(attempts, &attempts.engine().connections).await?;
    register::schedules(attempts.engine(), attempts.plan(), attempts.now()).await
}

/// Ready when something has ended that never ends by itself.
async fn broken(attempts: &Attempts, parts: &mut Parts) -> String {
    let mut looks = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            ended = parts.ended() => return ended,
            _ = looks.tick() => if let Some(part) = attempts.broken() {
                return format!("{part} panicked");
            }
        }
    }
}

/// Once the time to drain is over, ends the attempts that are left.
async fn interrupt_after(attempts: Arc<Attempts>, drain: Duration) {
    attempts.stop().cancelled().await;
    tokio::time::sleep(drain).await;
    attempts.interrupt();
    std::future::pending().await
}
