//! Scheduled tasks: each tick once, whichever worker is first.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::super::database::failure;
use super::super::events::Backoff;
use super::super::statement::specs;
use super::attempts::Attempts;
use super::register::Due;
use crate::engine::schedule::Schedule;
use crate::engine::{QueueError, TriggerOptions};
use crate::task::TaskEntry;

/// How long to sleep at most: clocks are set, and machines sleep.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

pub(super) async fn run(attempts: Arc<Attempts>, due: Vec<Due>) {
    let all = attempts.plan().schedules.iter().zip(due);
    let each = all.map(|((task, schedule), due)| keep(&attempts, task, schedule, due));
    futures_util::future::join_all(each).await;
}

/// Triggers one task whenever it is due, for ever.
async fn keep(attempts: &Attempts, task: &'static TaskEntry, schedule: &Schedule, mut due: Due) {
    let mut wait = Backoff::new();
    loop {
        sleep_until(due.next).await;
        let now = Utc::now();
        if due.next > now {
            continue;
        }
        match fire(attempts, task, schedule, due, now).await {
            Ok(Some(next)) => {
                due = next;
                wait = Backoff::new();
            }
            Ok(None) => {
                tracing::info!(
                    task.id = task.id(),
                    "the schedule has no time in the future"
                );
                return;
            }
            Err(error) => {
                tracing::warn!(task.id = task.id(), %error, "a schedule could not be kept; trying again");
                wait.sleep().await;
            }
        }
    }
}

async fn sleep_until(time: DateTime<Utc>) {
    let ahead = (time - Utc::now()).to_std().unwrap_or_default();
    tokio::time::sleep(ahead.min(LONGEST_SLEEP)).await;
}

/// Triggers the task for the tick that is due, unless another worker has; of several that were
/// missed only the last one. Gives when it is due next.
async fn fire(
    attempts: &Attempts,
    task: &'static TaskEntry,
    schedule: &Schedule,
    due: Due,
    now: DateTime<Utc>,
) -> Result<Option<Due>, QueueError> {
    let tick = schedule.latest_due(due.next, now);
    let Some(next) = schedule.next_after(now.max(tick)) else {
        return Ok(None);
    };
    let Some(payload) = task.scheduled(schedule.tick(tick, due.last)) else {
        return Ok(None);
    };
    let payload = payload.map_err(QueueError::Payload)?;
    let run = TriggerOptions::new().run_of_entry(task, payload)?;
    // The list of one, without its brackets: `fire` takes one run.
    let spec = specs(std::slice::from_ref(&run))?;
    let pool = &attempts.engine().connections.pool;
    sqlx::query("select supabase_task.fire($1, $2, $3, $4, $5::text::json -> 0)")
        .bind(task.id())
        .bind(due.next)
        .bind(tick)
        .bind(next)
        .bind(spec)
        .execute(pool)
        .await
        .map_err(failure)?;
    let row =
        sqlx::query("select next_at, last_at from supabase_task.schedules where task_id = $1")
            .bind(task.id())
            .fetch_optional(pool)
            .await
            .map_err(failure)?;
    row.map(|row| {
        Ok(Due {
            next: row.try_get("next_at").map_err(failure)?,
            last: row.try_get("last_at").map_err(failure)?,
        })
    })
    .transpose()
}
