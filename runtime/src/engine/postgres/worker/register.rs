//! What a worker writes down when it starts: its tasks, queues and schedules.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::Row;

use super::super::database::failure;
use super::super::spec::milliseconds;
use super::super::store::{Postgres, retried};
use crate::engine::worker::WorkPlan;
use crate::engine::{QueueError, WorkerError};
use crate::task::linked_tasks;

/// What a worker learned when it wrote itself down.
pub(super) struct Registered {
    /// Queues with a limit, also those that only other programs know.
    pub(super) limited_queues: Arc<HashSet<String>>,
    /// When each scheduled task is due, in the order of the plan's schedules.
    pub(super) schedules: Vec<Due>,
}

/// When a scheduled task is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) next: DateTime<Utc>,
    pub(super) last: Option<DateTime<Utc>>,
}

pub(super) async fn register(
    engine: &Postgres,
    plan: &WorkPlan,
) -> Result<Registered, WorkerError> {
    retried(|| tasks(engine)).await?;
    let limited_queues = Arc::new(retried(|| queues(engine, plan)).await?);
    let mut schedules = Vec::new();
    for (task, schedule) in &plan.schedules {
        let (Some(options), Some(next)) = (
            task.options().schedule_options(),
            schedule.next_after(Utc::now()),
        ) else {
            return Err(WorkerError::Setup(format!(
                "the schedule of task `{}` has no time in the future",
                task.id()
            )));
        };
        let due = || async {
            let row = sqlx::query(
                "insert into supabase_task.schedules as s (task_id, cron, timezone, next_at)
                 values ($1, $2, $3, $4)
                 on conflict (task_id) do update set
                   cron = excluded.cron, timezone = excluded.timezone,
                   next_at = case
                     when (s.cron, s.timezone) = (excluded.cron, excluded.timezone) then s.next_at
                     else excluded.next_at end
                 returning next_at, last_at",
            )
            .bind(task.id())
            .bind(options.line())
            .bind(options.timezone_name())
            .bind(next)
            .fetch_one(&engine.connections.pool)
            .await
            .map_err(failure)?;
            Ok(Due {
                next: row.try_get("next_at").map_err(failure)?,
                last: row.try_get("last_at").map_err(failure)?,
            })
        };
        schedules.push(retried(due).await?);
    }
    Ok(Registered {
        limited_queues,
        schedules,
    })
}

/// All tasks of the program, whichever of them this worker runs: a trigger from SQL looks here.
async fn tasks(engine: &Postgres) -> Result<(), QueueError> {
    // One order for all workers: they would wait for each other crosswise otherwise.
    let mut tasks: Vec<_> = linked_tasks().collect();
    tasks.sort_by_key(|task| task.id());
    let (mut ids, mut auths, mut queues) = (Vec::new(), Vec::new(), Vec::new());
    let (mut priorities, mut attempts, mut ttls) = (Vec::new(), Vec::new(), Vec::new());
    for task in tasks {
        let options = task.options();
        ids.push(task.id());
        auths.push(task.auth().as_str());
        queues.push(task.queue());
        priorities.push(i32::try_from(options.priority_seconds()).unwrap_or(i32::MAX));
        attempts.push(i32::try_from(options.retry_policy().attempts()).unwrap_or(i32::MAX));
        ttls.push(
            options
                .time_to_live()
                .map(|ttl| i64::try_from(milliseconds(ttl)).unwrap_or(i64::MAX)),
        );
    }
    sqlx::query(
        "insert into supabase_task.tasks (id, auth, queue, priority, max_attempts, ttl_ms)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::int[], $6::bigint[])
         on conflict (id) do update set
           auth = excluded.auth, queue = excluded.queue, priority = excluded.priority,
           max_attempts = excluded.max_attempts, ttl_ms = excluded.ttl_ms, updated_at = now()",
    )
    .bind(ids)
    .bind(auths)
    .bind(queues)
    .bind(priorities)
    .bind(attempts)
    .bind(ttls)
    .execute(&engine.connections.pool)
    .await
    .map_err(failure)
    .map(drop)
}

/// The limits of the program's queues; one that was named before and has none now loses it. Gives
/// the names of all queues that have one.
async fn queues(engine: &Postgres, plan: &WorkPlan) -> Result<HashSet<String>, QueueError> {
    let names: Vec<_> = plan.limits.keys().copied().collect();
    let limits: Vec<_> = plan
        .limits
        .values()
        .map(|limit| i32::try_from(*limit).unwrap_or(i32::MAX))
        .collect();
    let mut mine: Vec<_> = linked_tasks().map(|task| task.queue()).collect();
    mine.sort_unstable();
    sqlx::query(
        "with gone as (
           delete from supabase_task.queues where name = any ($3) and name <> all ($1)
         )
         insert into supabase_task.queues (name, concurrency_limit)
         select * from unnest($1::text[], $2::int[])
         on conflict (name) do update
           set concurrency_limit = excluded.concurrency_limit, updated_at = now()",
    )
    .bind(names)
    .bind(limits)
    .bind(mine)
    .execute(&engine.connections.pool)
    .await
    .map_err(failure)?;
    sqlx::query(PROMOTE_ALL)
        .execute(&engine.connections.pool)
        .await
        .map_err(failure)?;
    let names: Vec<String> = sqlx::query_scalar("select name from supabase_task.queues")
        .fetch_all(&engine.connections.pool)
        .await
        .map_err(failure)?;
    Ok(names.into_iter().collect())
}

/// Runs that wait for a place that there is: a limit was raised or taken away.
pub(super) const PROMOTE_ALL: &str = "
    select supabase_task.promote(queue, concurrency_key) from (
      select distinct queue, concurrency_key from supabase_task.runs where parked_at is not null
    ) parked";
