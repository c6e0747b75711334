//! Registration: a worker stores its tasks, queues and schedules in the database when it starts.
//!
//! Triggers from SQL need the options of a task, all workers need the limits of queues, and the ticks of a
//! schedule must be triggered once, whichever worker is first.

use chrono::{DateTime, Utc};

use super::super::backoff::retried;
use super::super::core::Postgres;
use super::super::rows::{auth_of, get};
use super::super::statement::milliseconds;
use crate::engine::worker::WorkPlan;
use crate::engine::{QueueError, WorkerError, linked_tasks};

/// When a scheduled task is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    pub(super) next: DateTime<Utc>,
    pub(super) last: Option<DateTime<Utc>>,
}

pub(super) async fn register(engine: &Postgres, plan: &WorkPlan) -> Result<(), WorkerError> {
    retried(|| tasks(engine)).await?;
    retried(|| queues(engine, plan)).await?;
    Ok(())
}

/// Stores the schedules, and returns when each task is due, in the order of the plan's schedules. `now` is
/// the database's time.
pub(super) async fn schedules(
    engine: &Postgres,
    plan: &WorkPlan,
    now: DateTime<Utc>,
) -> Result<Vec<Due>, WorkerError> {
    let mut schedules = Vec::new();
    for (task, schedule) in &plan.schedules {
        let (Some(options), Some(next)) =
            (task.options().schedule_options(), schedule.next_after(now))
        else {
            return Err(WorkerError::Setup(format!(
                "the schedule of task `{}` has no time in the future",
                task.id()
            )));
        };
        let due = || async {
            let query = sqlx::query(
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
            .bind(next);
            let rows = engine.connections.rows(query).await?;
            rows.first().map(read_due).transpose()
        };
        schedules.extend(retried(due).await?);
    }
    Ok(schedules)
}

pub(super) fn read_due(row: &sqlx::postgres::PgRow) -> Result<Due, QueueError> {
    Ok(Due {
        next: get(row, "next_at")?,
        last: get(row, "last_at")?,
    })
}

/// Stores all tasks of the program, even those that this worker does not run, for triggers from SQL.
async fn tasks(engine: &Postgres) -> Result<(), QueueError> {
    // All workers lock the rows in the same order, so they do not deadlock.
    let mut tasks: Vec<_> = linked_tasks().collect();
    tasks.sort_by_key(|task| task.id());
    let (mut ids, mut auths, mut queues) = (Vec::new(), Vec::new(), Vec::new());
    let (mut priorities, mut attempts, mut ttls) = (Vec::new(), Vec::new(), Vec::new());
    for task in tasks {
        let options = task.options();
        ids.push(task.id());
        auths.push(auth_of(task.auth(), task.role()));
        queues.push(task.queue());
        priorities.push(i32::try_from(options.priority_seconds()).unwrap_or(i32::MAX));
        attempts.push(i32::try_from(options.retry_policy().attempts()).unwrap_or(i32::MAX));
        ttls.push(options.time_to_live().map(milliseconds));
    }
    let query = sqlx::query(
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
    .bind(ttls);
    engine.connections.execute(query).await.map(drop)
}

/// Stores the limits of the program's queues. A queue that no longer has a limit loses its old one.
async fn queues(engine: &Postgres, plan: &WorkPlan) -> Result<(), QueueError> {
    let names: Vec<_> = plan.limits.keys().copied().collect();
    let limits: Vec<_> = plan
        .limits
        .values()
        .map(|limit| i32::try_from(*limit).unwrap_or(i32::MAX))
        .collect();
    let mut mine: Vec<_> = linked_tasks().map(|task| task.queue()).collect();
    mine.sort_unstable();
    let query = sqlx::query(
        "with gone as (
           delete from supabase_task.queues where name = any ($3) and name <> all ($1)
         )
         insert into supabase_task.queues (name, concurrency_limit)
         select * from unnest($1::text[], $2::int[])
         on conflict (name) do update
           set concurrency_limit = excluded.concurrency_limit, updated_at = now()",
    );
    let query = query.bind(names).bind(limits).bind(mine);
    engine.connections.execute(query).await?;
    // A limit may have been raised or removed, so there may be slots for parked runs.
    super::maintenance::invite_all(engine).await
}
