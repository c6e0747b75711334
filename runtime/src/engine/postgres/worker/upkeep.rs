//! What a worker does beside its attempts: says that it lives, takes over the runs of workers that
//! do not, lets runs expire, removes old ones, and hears of cancellations.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::types::PgInterval;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, MissedTickBehavior};

use super::super::database::failure;
use super::super::events::Event;
use super::attempts::Attempts;
use super::register::PROMOTE_ALL;
use crate::engine::QueueError;

/// How often old runs are removed, and the queues' places and lost tickets are looked for: at least.
const TIDY: Duration = Duration::from_secs(60);

/// How many batches of old runs are removed at once, so that the database can do other things.
const MOST_BATCHES: usize = 20;

pub(super) async fn run(attempts: Arc<Attempts>) {
    let takeover = attempts.engine().settings.takeover;
    let every = takeover / 6;
    let tidy_every = TIDY.min(takeover * 2);
    let mut times = tokio::time::interval(every);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut tidied = Instant::now();
    loop {
        times.tick().await;
        let mut done = look_after(&attempts).await;
        if done.is_ok() && tidied.elapsed() >= tidy_every {
            tidied = Instant::now();
            done = tidy(&attempts).await;
        }
        if let Err(error) = done {
            tracing::warn!(%error, "the queue cannot be looked after; trying again");
        }
    }
}

/// Says that the worker lives: from a task of its own, which nothing else that takes long delays.
pub(super) async fn heartbeat(attempts: Arc<Attempts>) {
    let mut times = tokio::time::interval(attempts.engine().settings.takeover / 6);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        attempts.beginner().heartbeat().await;
    }
}

async fn look_after(attempts: &Attempts) -> Result<(), QueueError> {
    attempts.look_for_cancellations().await?;
    if !attempts
        .beginner()
        .was_heard(attempts.engine().settings.takeover)
    {
        // Neither were the others, so nobody can be told from the dead yet.
        return Ok(());
    }
    let engine = attempts.engine();
    let takeover = interval(engine.settings.takeover);
    let pool = &engine.connections.pool;
    loop {
        let swept: bool =
            sqlx::query_scalar("select supabase_task.sweep($1) from supabase_task.expire()")
                .bind(takeover)
                .fetch_one(pool)
                .await
                .map_err(failure)?;
        if !swept {
            return Ok(());
        }
        tracing::warn!("a worker was not heard of for too long: its runs were taken over");
    }
}

async fn tidy(attempts: &Attempts) -> Result<(), QueueError> {
    attempts.give_back_unknown().await?;
    let engine = attempts.engine();
    let pool = &engine.connections.pool;
    sqlx::query(PROMOTE_ALL)
        .execute(pool)
        .await
        .map_err(failure)?;
    let age = interval(engine.settings.retention);
    for _ in 0..MOST_BATCHES {
        let removed: i64 = sqlx::query_scalar("select supabase_task.retain($1)")
            .bind(age)
            .fetch_one(pool)
            .await
            .map_err(failure)?;
        if removed == 0 {
            break;
        }
        tracing::debug!(removed, "old runs were removed");
    }
    Ok(())
}

pub(super) fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}

pub(super) async fn listen_for_cancellations(attempts: Arc<Attempts>) {
    let mut events = attempts.engine().events.subscribe().await;
    loop {
        match events.recv().await {
            Ok(Event::Canceled(run)) => attempts.cancel(run),
            Ok(Event::Reconnected) | Err(RecvError::Lagged(_)) => {
                if let Err(error) = attempts.look_for_cancellations().await {
                    tracing::warn!(%error, "cancellations may be heard late");
                }
            }
            Ok(_) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
