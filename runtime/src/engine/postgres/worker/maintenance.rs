//! Maintenance: the work of a worker beside its attempts.
//!
//! Some changes of a queue are caused by time and not by a statement of a program: runs expire, far-off
//! tickets become due, workers fall silent, old runs are removed. Every worker makes these changes for the
//! whole queue, and any number of them may do so at once, so no worker is special. Each part fails by itself
//! and is tried again at the next tick.
//!
//! - Heartbeats, over a separate connection, so that a busy worker is not declared dead.
//! - Every tick (5 s or less): expiry, due tickets, takeover of dead workers, runs and tickets whose delivery
//!   was lost.
//! - Every minute or less: queues with parked runs, and retention.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior, timeout};

use super::super::backoff::Backoff;
use super::super::connections::{Connections, Query};
use super::super::core::Postgres;
use super::super::event::Event;
use super::super::rows::{get, interval};
use super::graphile::Delivery;
use super::state::WorkerState;
use crate::engine::QueueError;

/// The longest time between two ticks of maintenance, even if the takeover time is long. Tickets of delayed
/// runs are issued half a minute before they are due.
const LONGEST_TICK: Duration = Duration::from_secs(5);

/// The longest time between two rounds of retention and of checking parked runs.
const TIDY: Duration = Duration::from_secs(60);

/// How long one round of retention may take. The other parts of maintenance wait for it.
const RETAIN: Duration = Duration::from_secs(2);

/// The least time that a heartbeat has. A connection that does not answer is given up before other workers
/// declare this one dead.
const HEARD: Duration = Duration::from_secs(2);

fn longest_beat(state: &WorkerState) -> Duration {
    HEARD.max(state.engine.settings.takeover / 6)
}

/// Sends a heartbeat, and learns the database's time and which queues have a limit.
pub(super) async fn heartbeat(
    state: &WorkerState,
    connections: &Connections,
) -> Result<(), QueueError> {
    let tasks: Vec<_> = state.plan.tasks.keys().copied().collect();
    let beat = sqlx::query("select supabase_task.heartbeat($1, $2)")
        .bind(&state.worker_id)
        .bind(tasks);
    let connections = connections.within(longest_beat(state));
    let time: DateTime<Utc> = connections.scalar(beat).await?;
    state.clock.set(time);
    state.liveness.heartbeat_succeeded();
    let names = sqlx::query("select name from supabase_task.queues");
    let names = connections.rows(names).await?;
    let names: Result<_, _> = names.iter().map(|row| get(row, "name")).collect();
    state.queues.limit(names?);
    Ok(())
}

/// Sends heartbeats from a separate task and over a separate connection, so that they arrive however busy the
/// worker is.
pub(super) async fn heartbeats(state: Arc<WorkerState>) {
    let mut times = tokio::time::interval(state.engine.settings.takeover / 6);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let engine = &state.engine;
    let apart = engine.connections.apart();
    let mut backoff = Backoff::new();
    loop {
        times.tick().await;
        let beat = match timeout(longest_beat(&state), heartbeat(&state, &apart)).await {
            Ok(Ok(())) => Ok(()),
            // The server may accept no further connection; use one of the pool.
            _ => heartbeat(&state, &engine.connections).await,
        };
        match beat {
            Ok(()) => backoff = Backoff::new(),
            Err(error) if backoff.should_log() => {
                tracing::warn!(%error, worker.id = state.worker_id, "worker heartbeat failed; trying again");
            }
            Err(_) => {}
        }
        // A notification may have been lost.
        state.attempts.check_soon();
    }
}

pub(super) async fn run(state: Arc<WorkerState>, delivery: Arc<Delivery>) {
    let settings = state.engine.settings;
    let tidy_every = TIDY.min(settings.takeover * 2);
    let mut times = tokio::time::interval((settings.takeover / 6).min(LONGEST_TICK));
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tidied = Instant::now();
    let mut are_old_ones_left = false;
    let mut log = Backoff::new();
    loop {
        times.tick().await;
        state.queues.look_again();
        let mut failed = Vec::new();
        failed.extend(repeat(&state, EXPIRE).await.err());
        failed.extend(repeat(&state, ISSUE_DUE).await.err());
        failed.extend(reap_dead_workers(&state).await.err());
        failed.extend(give_back_unknown(&state).await.err());
        match delivery.give_back_unknown().await {
            Ok(0) => {}
            Ok(tickets) => tracing::info!(
                tickets,
                "tickets that were lost on their way were given back"
            ),
            Err(error) => tracing::debug!(
                error,
                "tickets that were lost on their way cannot be given back yet"
            ),
        }
        let is_time_to_tidy = tidied.elapsed() >= tidy_every;
        if is_time_to_tidy {
            tidied = Instant::now();
            failed.extend(invite_all(&state.engine).await.err());
        }
        if is_time_to_tidy || are_old_ones_left {
            match retain(&state).await {
                Ok(are_left) => are_old_ones_left = are_left,
                Err(error) => failed.push(error),
            }
        }
        match failed.first() {
            None => log = Backoff::new(),
            Some(error) if log.should_log() => {
                tracing::warn!(%error, worker.id = state.worker_id, "the queue cannot be maintained; trying again");
            }
            Some(_) => {}
        }
    }
}

async fn count(state: &WorkerState, query: Query<'_>) -> Result<i64, QueueError> {
    state.engine.connections.scalar(query).await
}

/// Expires runs that did not start in time.
const EXPIRE: &str = "select supabase_task.expire()";

/// Issues the tickets of runs that are due soon.
const ISSUE_DUE: &str = "select supabase_task.issue_due()";

/// Repeats a statement until it has nothing left to do.
async fn repeat(state: &WorkerState, sql: &'static str) -> Result<(), QueueError> {
    while count(state, sqlx::query(sql)).await? > 0 {}
    Ok(())
}

/// Takes over from dead workers.
async fn reap_dead_workers(state: &WorkerState) -> Result<(), QueueError> {
    while state.liveness.can_judge_others() {
        let silence = interval(state.engine.settings.takeover);
        let reap = sqlx::query("select supabase_task.bury_one($1)").bind(silence);
        let is_reaped: bool = state.engine.connections.scalar(reap).await?;
        if !is_reaped {
            break;
        }
        tracing::warn!("a worker was silent for too long: its runs were taken over");
    }
    Ok(())
}

/// Gives back runs that the database gave to this worker without a ticket, if the response was lost.
async fn give_back_unknown(state: &WorkerState) -> Result<(), QueueError> {
    let known: Vec<_> = state
        .attempts
        .running()
        .keys()
        .map(|fence| *fence.run.as_uuid())
        .collect();
    let query = sqlx::query("select supabase_task.give_back_unknown($1, $2)");
    let given_back = count(state, query.bind(&state.worker_id).bind(known)).await?;
    if given_back > 0 {
        tracing::info!(
            runs = given_back,
            "runs that were lost on their way to this worker were given back"
        );
    }
    Ok(())
}

/// After this long without a skipped run, the backoff starts again from the shortest wait.
const QUIET: Duration = Duration::from_secs(10);

/// Checks for parked runs that could not begin because their rows were locked: soon at first, and less and
/// less often while they stay locked.
pub(super) async fn look_for_skipped(state: Arc<WorkerState>) {
    let mut backoff = Backoff::new();
    let mut looked = Instant::now();
    loop {
        state.skipped.notified().await;
        if looked.elapsed() > QUIET {
            backoff = Backoff::new();
        }
        backoff.sleep().await;
        if let Err(error) = invite_all(&state.engine).await {
            tracing::debug!(%error, "parked runs cannot be checked; trying again later");
        }
        looked = Instant::now();
    }
}

/// Lets parked runs begin where slots are free, queue by queue.
pub(super) async fn invite_all(engine: &Postgres) -> Result<(), QueueError> {
    let mut last = Some((String::new(), String::new()));
    while let Some((queue, key)) = last {
        let query = sqlx::query("select queue, key from supabase_task.invite_all($1, $2)");
        let rows = engine.connections.rows(query.bind(queue).bind(key)).await?;
        let row = rows.first();
        let queue: Option<String> = row.map(|row| get(row, "queue")).transpose()?.flatten();
        let key: Option<String> = row.map(|row| get(row, "key")).transpose()?.flatten();
        last = queue.zip(key);
    }
    Ok(())
}

/// Removes old runs, in short transactions. Returns whether there may be more.
async fn retain(state: &WorkerState) -> Result<bool, QueueError> {
    let started = Instant::now();
    while started.elapsed() < RETAIN {
        let age = interval(state.engine.settings.retention);
        let query = sqlx::query("select supabase_task.retain($1)").bind(age);
        let removed = count(state, query).await?;
        if removed == 0 {
            return Ok(false);
        }
        tracing::debug!(removed, "old runs were removed");
    }
    Ok(true)
}

/// Passes on the database's notifications to the parts of the worker.
pub(super) async fn listen(state: Arc<WorkerState>) {
    let mut events = state.engine.events.subscribe().await;
    loop {
        match events.recv().await {
            Ok(Event::Canceled(run)) => state.attempts.may_be_cancelled(run),
            Ok(Event::Parked(queue)) => state.queues.parked(&queue),
            Ok(Event::Skipped) => state.skipped.notify_one(),
            Ok(Event::Reconnected) | Err(RecvError::Lagged(_)) => {
                state.attempts.check_soon();
                state.queues.look_again();
                state.skipped.notify_one();
            }
            Ok(_) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
