//! The statement that hands tickets to this worker and begins their runs.

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sqlx::Row;
use sqlx::postgres::{PgPool, PgRow};
use sqlx::types::Json;
use uuid::Uuid;

use super::super::database::failure;
use super::super::rows;
use super::plain::PlainRun;
use crate::auth::Principal;
use crate::engine::{QueueError, RunStatus};
use crate::task::{RunId, RunInfo};

/// Takes what is due off graphile_worker's table and into the worker's hand, in one transaction: at
/// any time a run's ticket is in one of the two. The run is read with it.
///
/// It does nothing if the worker's row is not as this worker wrote it last. A ticket with a flag is that
/// of a run without a history: it stays in its table and is locked, as graphile_worker's own statement
/// does it, because all of the run is in it.
const FETCH: &str = "
    with due as (
      select id, task_id, was_handed_out, run, case when run is not null then ticket end as ticket,
        plain
      from (
        select id, task_id, last_error is not null as was_handed_out,
          case when flags is null then (payload ->> 'run')::uuid end as run,
          case when flags is null then (payload ->> 'ticket')::integer end as ticket,
          case when flags is not null then payload::text end as plain
        from graphile_worker._private_jobs
        where is_available and run_at <= now() and task_id = any ($5) and job_queue_id is null
        order by priority, run_at
        limit $6
        for update skip locked
      ) as job
    ), hand as (
      update supabase_task.workers set
        runs = $3 || array(select run from due where ticket is not null),
        tickets = $4 || array(select ticket from due where ticket is not null),
        seen_at = now(), version = version + 1
      where id = $1 and version = $2 and exists (select from due where ticket is not null)
      returning version
    ), taken as (
      delete from graphile_worker._private_jobs
      where id = any (array(select id from due where ticket is not null))
        and exists (select from hand)
    ), locked as (
      update graphile_worker._private_jobs
      set attempts = attempts + 1, locked_by = $7, locked_at = now()
      where id = any (array(select id from due where ticket is null))
        and (exists (select from hand) or not exists (select from due where ticket is not null))
    )
    select due.id, due.task_id, due.was_handed_out, due.run, due.ticket, due.plain,
      (select version from hand),
      r.status, r.ticket, r.attempt, r.payload::text, r.auth, r.user_id, r.max_attempts,
      nullif(r.tags, '{}'), nullif(r.metadata, '{}'), r.idempotency_key, r.parent_run_id, r.trace_id,
      r.created_at, r.expires_at, r.concurrency_key
    from due left join supabase_task.runs r on r.id = due.run";

/// What a worker asks with.
pub(super) struct Asking<'a> {
    pub(super) worker: &'a str,
    /// How this worker wrote its row last.
    pub(super) version: i64,
    /// What it has in hand.
    pub(super) runs: &'a [Uuid],
    pub(super) tickets: &'a [i32],
    /// graphile_worker's ids of the tasks.
    pub(super) task_ids: &'a [i32],
    pub(super) most: usize,
    /// What graphile_worker calls this worker.
    pub(super) locked_by: &'a str,
}

/// What a worker is given.
pub(super) enum Given {
    Nothing,
    /// The worker's row is not as it says.
    Refused,
    Tickets {
        /// Of the worker's row, if it was written.
        version: Option<i64>,
        tickets: Vec<GivenTicket>,
    },
}

pub(super) struct GivenTicket {
    /// What graphile_worker knows it by.
    pub(super) job: i64,
    pub(super) task_id: i32,
    /// To a worker before, that died.
    pub(super) was_handed_out: bool,
    pub(super) content: Content,
}

/// What a ticket is for.
#[derive(Debug)]
pub(super) enum Content {
    /// A run, as it was when the ticket was taken, if it was still there. The ticket itself is gone.
    Run {
        run: RunId,
        ticket: i32,
        row: Option<Box<BeginRow>>,
    },
    /// A run without a history, which is all in the ticket.
    Plain { run: RunId, plain: PlainRun },
    /// It is a job of somebody else under the name of a task.
    Strange,
}

/// A run as it was when it was begun.
#[derive(Debug)]
pub(super) struct BeginRow {
    pub(super) status: RunStatus,
    pub(super) ticket: i32,
    pub(super) attempt: u32,
    pub(super) payload: Box<RawValue>,
    pub(super) principal: Option<Principal>,
    pub(super) concurrency_key: Option<String>,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) info: RunInfo,
}

pub(super) async fn fetch(pool: &PgPool, asking: Asking<'_>) -> Result<Given, QueueError> {
    let rows = sqlx::query(FETCH)
        .bind(asking.worker)
        .bind(asking.version)
        .bind(asking.runs)
        .bind(asking.tickets)
        .bind(asking.task_ids)
        .bind(i32::try_from(asking.most).unwrap_or(i32::MAX))
        .bind(asking.locked_by)
        .fetch_all(pool)
        .await
        .map_err(failure)?;
    if rows.is_empty() {
        return Ok(Given::Nothing);
    }
    let version: Option<i64> = get(&rows[0], 6)?;
    let tickets: Vec<_> = rows.iter().map(ticket).collect::<Result<_, _>>()?;
    let is_run = |ticket: &GivenTicket| matches!(ticket.content, Content::Run { .. });
    Ok(match version.is_none() && tickets.iter().any(is_run) {
        true => Given::Refused,
        false => Given::Tickets { version, tickets },
    })
}

/// The columns are read by their places: by their names, each would be looked up in each row.
fn ticket(row: &PgRow) -> Result<GivenTicket, QueueError> {
    Ok(GivenTicket {
        job: get(row, 0)?,
        task_id: get(row, 1)?,
        was_handed_out: get(row, 2)?,
        content: content(row)?,
    })
}

fn content(row: &PgRow) -> Result<Content, QueueError> {
    let (run, ticket): (Option<Uuid>, Option<i32>) = (get(row, 3)?, get(row, 4)?);
    if let (Some(run), Some(ticket)) = (run.map(RunId::from), ticket) {
        let status: Option<&str> = get(row, 7)?;
        let row = status.map(|status| begin_row(row, run, status));
        let row = row.transpose()?;
        return Ok(Content::Run { run, ticket, row });
    }
    let plain: Option<&str> = get(row, 5)?;
    Ok(match plain.and_then(PlainRun::read) {
        Some((run, plain)) => Content::Plain { run, plain },
        None => Content::Strange,
    })
}

fn begin_row(row: &PgRow, id: RunId, status: &str) -> Result<Box<BeginRow>, QueueError> {
    let metadata: Option<Json<Map<String, Value>>> = get(row, 15)?;
    Ok(Box::new(BeginRow {
        status: status.parse().map_err(|_| {
            QueueError::Migration(format!("the run {id} has the unknown status `{status}`"))
        })?,
        ticket: get(row, 8)?,
        attempt: get::<i32>(row, 9)?.unsigned_abs(),
        payload: rows::raw(get(row, 10)?)?,
        principal: rows::principal(get(row, 11)?, get(row, 12)?),
        concurrency_key: get(row, 21)?,
        expires_at: get(row, 20)?,
        info: RunInfo {
            id,
            max_attempts: get::<i32>(row, 13)?.unsigned_abs(),
            tags: get::<Option<_>>(row, 14)?.unwrap_or_default(),
            metadata: metadata.unwrap_or_default().0,
            idempotency_key: get(row, 16)?,
            parent: get::<Option<Uuid>>(row, 17)?.map(RunId::from),
            trace_id: get(row, 18)?,
            created_at: get(row, 19)?,
        },
    }))
}

fn get<'r, T>(row: &'r PgRow, column: usize) -> Result<T, QueueError>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(column).map_err(failure)
}
