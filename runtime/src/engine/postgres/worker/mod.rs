//! A worker on Postgres.
//!
//! graphile_worker delivers tickets. A ticket contains everything that an attempt needs, so a worker begins
//! most attempts without reading or writing anything. When the attempt has ended, the worker stores its
//! outcome, and only then tells graphile_worker that the ticket is done: if the process dies before that, the
//! ticket is delivered again. Beside the attempts, each worker sends heartbeats and maintains the queue for
//! all workers.
//!
//! - `graphile`: delivers tickets. The only folder that calls graphile_worker.
//! - `ticket`, `execute`, `attempts`: the contents of a ticket; from a ticket to its attempt; the attempts in
//!   flight, and how they are cancelled.
//! - `state`: what the parts of the worker share.
//! - `outcome`, `completer`: the outcome of an attempt; storing outcomes, many in one statement.
//! - `queue_slots`, `run_slots`: the slots of queues with a limit; the slots that one attempt holds.
//! - `maintenance`, `liveness`, `clock`: heartbeats, takeover, expiry and retention; whether this worker may
//!   declare others dead; the database's clock.
//! - `register`, `schedules`: storing the program's tasks, queues and schedules; triggering scheduled tasks.
//! - `parts`: the background tasks of a worker, none of which may end.

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
mod state;
mod ticket;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::graphile::Delivery;
pub(crate) use self::graphile::{JobDefinition, NamedTask, definition};
use self::parts::Parts;
use self::register::Due;
use self::state::WorkerState;
use super::backoff::Backoff;
use super::core::Postgres;
use crate::engine::WorkerError;
use crate::engine::worker::WorkPlan;

/// How long the worker may take to end after the drain time and the grace period, whatever the database does.
const ENDING: Duration = Duration::from_secs(4);

/// Runs the worker until `stop`, then drains it and hands back the remaining runs.
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
        // No run has begun yet.
        () = stop.cancelled() => return Ok(()),
    }
    plan.settings.registered.cancel();
    let give_up = CancellationToken::new();
    // When this future ends or is dropped, everything that waits for the database ends.
    let _give_up_on_drop = give_up.clone().drop_guard();
    let (drain, grace) = (plan.settings.drain, plan.settings.grace);
    let longest = drain.saturating_add(grace).saturating_add(ENDING);
    let too_late = {
        let (stop, give_up) = (stop.clone(), give_up.clone());
        async move {
            stop.cancelled().await;
            tokio::time::sleep(longest).await;
            give_up.cancel();
            // Abandon whatever is left a moment later.
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        ended = deliver(&engine, &plan, &stop, &give_up) => ended,
        () = too_late => {
            tracing::warn!(
                "the worker ends before the database has stored everything: other workers take over \
                 what is left"
            );
            Ok(())
        }
    }
}

/// Delivers tickets, and restarts graphile_worker when it fails, which happens if the database is down at the
/// wrong moment.
async fn deliver(
    engine: &Arc<Postgres>,
    plan: &Arc<WorkPlan>,
    stop: &CancellationToken,
    give_up: &CancellationToken,
) -> Result<(), WorkerError> {
    let mut backoff = Backoff::new();
    while !stop.is_cancelled() {
        let delivery = Delivery::init(engine, plan, stop, give_up.child_token());
        let served = match stop.run_until_cancelled(delivery).await {
            Some(Ok(delivery)) => serve(engine, plan, stop, give_up, Arc::new(delivery)).await?,
            Some(Err(error)) => Err(error),
            None => break,
        };
        let Err(error) = served else { return Ok(()) };
        if backoff.should_log() {
            tracing::warn!(error, "the delivery of tickets failed; starting it again");
        }
        stop.run_until_cancelled(backoff.sleep()).await;
    }
    Ok(())
}

/// Runs graphile_worker from its start to its end. An inner error is graphile_worker's; it is started again.
async fn serve(
    engine: &Arc<Postgres>,
    plan: &Arc<WorkPlan>,
    stop: &CancellationToken,
    give_up: &CancellationToken,
    delivery: Arc<Delivery>,
) -> Result<Result<(), String>, WorkerError> {
    let worker_id = delivery.worker_id().to_owned();
    let state = Arc::new(WorkerState::new(engine, plan, &worker_id, stop, give_up));
    // When this future ends or is dropped, all attempts end.
    let _abort = AbortOnDrop(state.clone());
    let due = match ready(&state).await {
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
        "the listener for notifications",
        maintenance::listen(state.clone()),
    );
    parts.start("the heartbeat", maintenance::heartbeats(state.clone()));
    parts.start(
        "the maintenance of the queue",
        maintenance::run(state.clone(), delivery.clone()),
    );
    parts.start(
        "the check for parked runs",
        maintenance::look_for_skipped(state.clone()),
    );
    parts.start("the scheduler", schedules::run(state.clone(), due));
    let checking = state.clone();
    parts.start("the check for cancelled runs", async move {
        let connections = &checking.engine.connections;
        checking.attempts.check_when_notified(connections).await
    });
    parts.start(
        "the drain timer",
        interrupt_after(state.clone(), plan.settings.drain),
    );

    let delivered = async {
        let delivered = delivery.run(&state).await;
        if delivered.is_err() {
            // Without deliveries, attempts that wait for other runs would wait forever.
            state.attempts.interrupt(&state.worker_id);
        }
        // Attempts that waited for other runs have no ticket, so graphile_worker did not wait for them.
        state.attempts.ended().await;
        delivered
    };
    let delivered = tokio::select! {
        delivered = delivered => delivered,
        broken = broken(&state, &mut parts) => {
            tracing::error!(worker.id = worker_id, broken, "a part of the worker has ended, so the worker ends too");
            return Err(WorkerError::Broken(broken));
        }
    };
    drop(parts);
    let sign_off = sqlx::query("select supabase_task.bury($1)").bind(&worker_id);
    if let Err(error) = engine.connections.execute(sign_off).await {
        tracing::warn!(%error, worker.id = worker_id, "the worker could not sign off: other workers take over its runs");
    }
    tracing::info!(worker.id = worker_id, "the worker has stopped");
    Ok(match stop.is_cancelled() {
        // A failure of graphile_worker during the shutdown is not an error of this worker.
        true => Ok(()),
        false => delivered,
    })
}

/// Aborts all attempts when it is dropped.
struct AbortOnDrop(Arc<WorkerState>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.attempts.abort();
    }
}

/// Sends the first heartbeat, and returns when the worker's schedules are due.
async fn ready(state: &WorkerState) -> Result<Vec<Due>, WorkerError> {
    maintenance::heartbeat(state, &state.engine.connections).await?;
    register::schedules(&state.engine, &state.plan, state.clock.now()).await
}

/// Waits until a part of the worker has ended, and returns which one and how.
async fn broken(state: &WorkerState, parts: &mut Parts) -> String {
    let mut looks = tokio::time::interval(Duration::from_secs(1));
    loop {
        tokio::select! {
            ended = parts.ended() => return ended,
            _ = looks.tick() => if let Some(part) = state.broken() {
                return format!("{part} panicked");
            }
        }
    }
}

/// Interrupts the remaining attempts when the drain time is over.
async fn interrupt_after(state: Arc<WorkerState>, drain: Duration) {
    state.stop.cancelled().await;
    tokio::time::sleep(drain).await;
    state.attempts.interrupt(&state.worker_id);
    std::future::pending().await
}
