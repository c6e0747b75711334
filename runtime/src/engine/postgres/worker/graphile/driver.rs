//! [`Driver`]: graphile_worker's connection to the database.
//!
//! graphile_worker's own driver waits forever for a response, loses a whole batch if one of its rows cannot
//! be read, and loses notifications for good when the server restarts. This driver uses the queue's
//! connections instead: its statements have deadlines and are retried, rows cannot fail a batch, and
//! notifications survive a reconnect. It also lowers the number of tickets in a fetch to the number of free
//! slots.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::stream;
use graphile_worker::{
    DatabaseDriver, DbError, DbExecutor, DbParams, DbRow, DbTransaction, DbValue, Notification,
    NotificationStream,
};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::cells::{Answer, db_error, query, row};
use super::fetches::Fetches;
use super::schema::JobsSchema;
use super::texts::Texts;
use super::transaction::Transaction;
use crate::engine::postgres::backoff::Backoff;
use crate::engine::postgres::connections::Connections;
use crate::engine::postgres::event::Event;
use crate::engine::postgres::events::Events;
use crate::engine::postgres::worker::state::WorkerState;
use crate::engine::{QueueError, spans};
use crate::lock::lock;

/// How long a fetched job may take to reach its handler: much longer than it ever takes.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// How long to wait after a slot becomes free in a worker that had none: more slots become free in the
/// meantime, and fetching several jobs costs as much as fetching one.
const SATURATED: Duration = Duration::from_millis(5);

/// The deadline of the first try: these statements take milliseconds, and runs wait for them. Later tries
/// have the deadline of all other statements.
const FIRST_TRY: Duration = Duration::from_secs(5);

pub(super) struct Driver {
    pub(super) connections: Connections,
    pub(super) events: Events,
    pub(super) jobs_schema: JobsSchema,
    pub(super) closed: CancellationToken,
    pub(super) texts: Texts,
    pub(super) worker: Arc<OnceLock<Arc<WorkerState>>>,
    pub(super) fetches: Fetches,
    /// When the response to a statement was last lost.
    pub(super) lost: Mutex<Option<Instant>>,
}

impl Driver {
    /// Retries a statement until the database answers. All of graphile_worker's statements outside of
    /// transactions may be repeated: jobs that were fetched but did not arrive are given back later.
    async fn retried<T, F>(&self, mut statement: impl FnMut(Connections) -> F) -> Result<T, DbError>
    where
        F: Future<Output = Result<T, QueueError>>,
    {
        let mut backoff = Backoff::new();
        let mut connections = self.connections.within(FIRST_TRY);
        loop {
            let error = tokio::select! {
                biased;
                () = self.closed.cancelled() => return Err(DbError::new("the worker has ended")),
                answer = statement(connections) => match answer {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                },
            };
            if !error.is_retryable() {
                return Err(db_error(error));
            }
            *lock(&self.lost) = Some(Instant::now());
            connections = self.connections.clone();
            if backoff.should_log() {
                tracing::warn!(%error, "runs cannot be delivered; trying again");
            }
            self.closed.run_until_cancelled(backoff.sleep()).await;
        }
    }

    /// Waits for a free slot, and limits the statement that fetches tickets to the number of free slots.
    /// There are more handlers of jobs than slots, because an attempt that has ended needs no slot while its
    /// outcome is being stored.
    async fn within_slots(&self, params: DbParams) -> DbParams {
        let (Some(most), Some(worker)) = (most_tickets(&params), self.worker.get()) else {
            return params;
        };
        let slots = &worker.slots;
        // Only when the worker ends, no ticket is fetched, and graphile_worker waits for a second.
        while slots.available_permits() == 0 && !worker.stop.is_cancelled() {
            let free = async {
                drop(slots.acquire().await);
                tokio::time::sleep(SATURATED).await;
            };
            tokio::select! {
                () = free => {}
                () = worker.stop.cancelled() => {}
                () = self.closed.cancelled() => break,
            }
        }
        let free = i32::try_from(slots.available_permits()).unwrap_or(i32::MAX);
        let mut values = params.values().to_vec();
        values.pop();
        values.push(DbValue::I32(free.min(most)));
        DbParams::from(values)
    }

    async fn rows(&self, sql: &str, params: &DbParams) -> Result<Vec<PgRow>, DbError> {
        self.retried(|connections| async move { connections.rows(query(sql, params)).await })
            .await
    }

    /// Returns the jobs that have been locked by a worker for a while, if responses were lost.
    pub(super) async fn lost_jobs(&self, worker: &str) -> Result<Vec<i64>, String> {
        // The jobs of a slow fetch are not lost.
        if lock(&self.lost).is_none() || self.fetches.is_one_older_than(ON_ITS_WAY / 2) {
            return Ok(Vec::new());
        }
        let jobs = self.jobs_schema.fill(
            "select id from supabase_task_jobs.jobs
             where locked_by = $1 and locked_at < now() - $2 * interval '1 second'",
        );
        let jobs = sqlx::query(AssertSqlSafe(jobs));
        let jobs = jobs.bind(worker).bind(ON_ITS_WAY.as_secs_f64());
        let jobs = self.connections.rows(jobs).await;
        let jobs = jobs.map_err(|error| error.to_string())?;
        // Jobs that were lost just now are found the next time.
        lock(&self.lost).take_if(|at| at.elapsed() > ON_ITS_WAY * 2);
        jobs.iter()
            .map(|job| job.try_get(0).map_err(|error| error.to_string()))
            .collect()
    }
}

/// Waits until graphile_worker should fetch, because there may be new tickets or nothing was fetched for too
/// long. Returns false if there will be no more events.
async fn reason_to_fetch(events: &mut Receiver<Event>, fetches: &Fetches) -> bool {
    loop {
        let event = tokio::select! {
            biased;
            event = events.recv() => event,
            () = fetches.overdue() => {
                tracing::debug!("nothing was fetched for a while; graphile_worker is woken");
                return true;
            }
        };
        match event {
            Ok(Event::Issued | Event::Reconnected) | Err(RecvError::Lagged(_)) => return true,
            Ok(_) => {}
            Err(RecvError::Closed) => return false,
        }
    }
}

/// Returns how many tickets a statement fetches at most, or `None` if it is not the one that fetches tickets,
/// which is recognized by its parameters: a worker, the ids of its tasks, and a number.
fn most_tickets(params: &DbParams) -> Option<i32> {
    match params.values() {
        [DbValue::Text(_), DbValue::I32Array(_), DbValue::I32(most)] => Some(*most),
        _ => None,
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

impl DbExecutor for Driver {
    fn execute<'a>(&'a self, sql: &'a str, params: DbParams) -> Answer<'a, u64> {
        Box::pin(async move {
            let params = &params;
            self.retried(|connections| async move { connections.execute(query(sql, params)).await })
                .await
        })
    }

    fn fetch_all<'a>(&'a self, sql: &'a str, params: DbParams) -> Answer<'a, Vec<DbRow>> {
        Box::pin(async move {
            let rows = match most_tickets(&params) {
                None => self.rows(sql, &params).await?,
                Some(_) => {
                    let mut fetch = self.fetches.begin();
                    let params = self.within_slots(params).await;
                    fetch.is_sent();
                    let span = spans::claim();
                    let rows = self.rows(sql, &params).instrument(span.clone()).await?;
                    spans::claimed(&span, rows.len());
                    fetch.has_found(rows.len());
                    rows
                }
            };
            rows.iter().map(|found| row(found, &self.texts)).collect()
        })
    }
}

impl DatabaseDriver for Driver {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn begin(&self) -> Answer<'_, DbTransaction> {
        Box::pin(async move {
            let transaction = Transaction::begin(&self.connections, self.texts.clone()).await;
            Ok(DbTransaction::new(Box::new(transaction.map_err(db_error)?)))
        })
    }

    fn listen<'a>(&'a self, channel: &'a str) -> Answer<'a, Option<NotificationStream>> {
        Box::pin(async move {
            let events = self.events.subscribe().await;
            let (channel, fetches) = (channel.to_owned(), self.fetches.clone());
            let stream = stream::unfold(events, move |mut events| {
                let (channel, fetches) = (channel.clone(), fetches.clone());
                async move {
                    let payload = String::new();
                    let is_reason = reason_to_fetch(&mut events, &fetches).await;
                    is_reason.then_some((Ok(Notification { channel, payload }), events))
                }
            });
            Ok(Some(Box::pin(stream) as NotificationStream))
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_fetches_when_told_and_when_nothing_was_fetched_for_long() {
        let (sender, mut events) = broadcast::channel(8);
        let fetches = Fetches::new();
        let began = Instant::now();
        // Events that are not about tickets are ignored.
        let queue = "q".into();
        assert!(sender.send(Event::Parked(queue)).is_ok() && sender.send(Event::Issued).is_ok());
        assert!(reason_to_fetch(&mut events, &fetches).await);
        assert_eq!(began.elapsed(), Duration::ZERO);
        // Without any event.
        assert!(reason_to_fetch(&mut events, &fetches).await);
        assert!(
            began.elapsed() > Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
        drop(sender);
        assert!(!reason_to_fetch(&mut events, &fetches).await);
    }
}
