//! Scheduled tasks: each tick is triggered once, by whichever worker is first, by the database's clock.
//!
//! The table `supabase_task.schedules` has the next tick of each task. All workers wait for it; the one that
//! advances the row triggers the run in the same transaction.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::backoff::Backoff;
use super::super::statement::specs;
use super::register::{Due, read_due};
use super::state::WorkerState;
use crate::engine::schedule::Schedule;
use crate::engine::{QueueError, TaskEntry, TriggerOptions};
use crate::run::{TaskError, Tick};

/// How long to sleep at most, because clocks are changed and machines are suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

pub(super) async fn run(state: Arc<WorkerState>, due: Vec<Due>) {
    let all = state.plan.schedules.iter().zip(due);
    let each = all.map(|((task, schedule), due)| keep(&state, task, schedule, due));
    futures_util::future::join_all(each).await;
    // Every schedule has run out of future times; a part of a worker must not end.
    std::future::pending().await
}

/// Triggers one task whenever it is due.
async fn keep(state: &WorkerState, task: &'static TaskEntry, schedule: &Schedule, mut due: Due) {
    let mut backoff = Backoff::new();
    loop {
        let now = state.clock.now();
        if due.next > now {
            let ahead = (due.next - now).to_std().unwrap_or_default();
            tokio::time::sleep(ahead.min(LONGEST_SLEEP)).await;
            continue;
        }
        match fire(state, task, schedule, due, now).await {
            Ok(Some(next)) => {
                due = next;
                backoff = Backoff::new();
                if due.next <= state.clock.now() {
                    // The row has not advanced: by the database's clock, the tick is not due yet.
                    backoff.sleep().await;
                }
            }
            Ok(None) => {
                tracing::info!(
                    task.id = task.id(),
                    "the schedule has no time in the future"
                );
                return;
            }
            Err(error) => {
                if backoff.should_log() {
                    tracing::warn!(task.id = task.id(), %error, "a schedule could not be triggered; trying again");
                }
                backoff.sleep().await;
            }
        }
    }
}

/// Triggers the task for the tick that is due, unless another worker has done so. If several ticks were
/// missed, triggers only the last one. Returns when the task is due next.
async fn fire(
    state: &WorkerState,
    task: &'static TaskEntry,
    schedule: &Schedule,
    due: Due,
    now: DateTime<Utc>,
) -> Result<Option<Due>, QueueError> {
    let tick = schedule.latest_due(due.next, now);
    let Some(next) = schedule.next_after(now.max(tick)) else {
        return Ok(None);
    };
    // A payload that cannot be made skips only its own tick.
    let spec = match spec(task, schedule.tick(tick, due.last)) {
        Ok(spec) => Some(spec),
        Err(error) => {
            tracing::error!(task.id = task.id(), %error, "the run that its schedule makes could not be made");
            None
        }
    };
    let connections = &state.engine.connections;
    let fire = sqlx::query("select supabase_task.fire($1, $2, $3, $4, $5::text::json -> 0)")
        .bind(task.id())
        .bind(due.next)
        .bind(tick)
        .bind(next)
        .bind(spec);
    connections.execute(fire).await?;
    let due =
        sqlx::query("select next_at, last_at from supabase_task.schedules where task_id = $1");
    let rows = connections.rows(due.bind(task.id())).await?;
    rows.first().map(read_due).transpose()
}

/// Returns the run of a tick, as `supabase_task.fire` takes it.
fn spec(task: &'static TaskEntry, tick: Tick) -> Result<String, QueueError> {
    let payload = task
        .scheduled(tick)
        .unwrap_or_else(|| Err(TaskError::abort("the task has no schedule any more")));
    let payload = payload.map_err(QueueError::Payload)?;
    let run = TriggerOptions::new().run_of_entry(task, payload)?;
    // A list of one run; the statement passes its first element to `fire`.
    specs(std::slice::from_ref(&run))
}
