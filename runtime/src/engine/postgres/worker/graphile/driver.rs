//! [`Driver`]: graphile_worker's way to the database.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::stream;
use graphile_worker::{
    BoxFuture, DatabaseDriver, DbError, DbExecutor, DbParams, DbRow, DbTransaction, DbValue,
    Notification, NotificationStream,
};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::cells::{query, row};
use super::fetches::Fetches;
use super::schema::JobsSchema;
use super::texts::Texts;
use super::transaction::Transaction;
use crate::engine::QueueError;
use crate::engine::postgres::backoff::Backoff;
use crate::engine::postgres::connections::Connections;
use crate::engine::postgres::event::Event;
use crate::engine::postgres::events::Events;
use crate::engine::postgres::worker::attempts::Attempts;

/// How long a job that was fetched may be on its way to who has asked for it: much longer than it takes.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// How long to wait when a slot becomes free in a worker that had none: others become free meanwhile, and
/// a statement that fetches several jobs costs as much as one that fetches one.
const SATURATED: Duration = Duration::from_millis(5);

/// How long a statement may take at first: these take milliseconds, and runs wait for them. Where they take
/// longer, the next tries have the time of all others.
const FIRST_TRY: Duration = Duration::from_secs(5);

/// graphile_worker's way to the database. Its own waits for an answer for ever, gives a batch up for one
/// row of it, and loses the notifications for good when the server restarts.
pub(super) struct Driver {
    connections: Connections,
    events: Events,
    jobs_schema: JobsSchema,
    closed: CancellationToken,
    texts: Texts,
    attempts: Arc<OnceLock<Arc<Attempts>>>,
    fetches: Fetches,
    /// When the answer to a statement was lost.
    lost: Mutex<Option<Instant>>,
}

impl Driver {
    pub(super) fn new(
        connections: Connections,
        events: Events,
        jobs_schema: JobsSchema,
        texts: Texts,
        closed: CancellationToken,
        attempts: Arc<OnceLock<Arc<Attempts>>>,
    ) -> Self {
        Self {
            connections,
            events,
            jobs_schema,
            closed,
            texts,
            attempts,
            fetches: Fetches::new(),
            lost: Mutex::default(),
        }
    }

    /// Tries until the database answers. All of graphile_worker's statements outside of transactions may
    /// be run again: jobs that were fetched and did not arrive are given back later.
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
                return Err(DbError::new(error.to_string()));
            }
            *self.lost() = Some(Instant::now());
            connections = self.connections.clone();
            if backoff.should_log() {
                tracing::warn!(%error, "runs cannot be delivered; trying again");
            }
            tokio::select! {
                () = backoff.sleep() => {}
                () = self.closed.cancelled() => {}
            }
        }
    }

    /// The parameters of the statement that fetches tickets, for at most as many as there are free slots, so
    /// it waits for one. There are more handlers of jobs than slots, because an attempt that has ended
    /// needs none while its outcome is written down.
    async fn within_slots(&self, params: DbParams) -> DbParams {
        let (Some(most), Some(attempts)) = (most_tickets(&params), self.attempts.get()) else {
            return params;
        };
        let slots = attempts.slots();
        // None are fetched, and graphile_worker waits for a second, only if the worker ends.
        while slots.available_permits() == 0 && !attempts.is_stopping() {
            let free = async {
                drop(slots.acquire().await);
                tokio::time::sleep(SATURATED).await;
            };
            tokio::select! {
                () = free => {}
                () = attempts.stop().cancelled() => {}
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

    fn lost(&self) -> MutexGuard<'_, Option<Instant>> {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The jobs that have been locked for a worker for a while, if answers were lost.
    pub(super) async fn lost_jobs(&self, worker: &str) -> Result<Vec<i64>, String> {
        // What a statement fetches that takes long is not lost.
        if self.lost().is_none() || self.fetches.is_one_older_than(ON_ITS_WAY / 2) {
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
        // What was lost just now is found the next time.
        self.lost().take_if(|at| at.elapsed() > ON_ITS_WAY * 2);
        jobs.iter()
            .map(|job| job.try_get(0).map_err(|error| error.to_string()))
            .collect()
    }
}

/// Ready when graphile_worker is to fetch: tickets may have come, or nothing was fetched for too long. False
/// if nothing is heard any more.
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

/// How many tickets a statement fetches at most: it is the one with a worker, the ids of its tasks, and a
/// number. Nothing for any other.
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
    fn execute<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let params = &params;
            self.retried(|connections| async move { connections.execute(query(sql, params)).await })
                .await
        })
    }

    fn fetch_all<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
        Box::pin(async move {
            let rows = match most_tickets(&params) {
                None => self.rows(sql, &params).await?,
                Some(_) => {
                    let mut fetch = self.fetches.begin();
                    let params = self.within_slots(params).await;
                    fetch.is_sent();
                    let rows = self.rows(sql, &params).await?;
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

    fn begin<'a>(&'a self) -> BoxFuture<'a, Result<DbTransaction, DbError>> {
        Box::pin(async move {
            let transaction = Transaction::begin(&self.connections, self.texts.clone()).await;
            let transaction = transaction.map_err(|error| DbError::new(error.to_string()))?;
            Ok(DbTransaction::new(Box::new(transaction)))
        })
    }

    fn listen<'a>(
        &'a self,
        channel: &'a str,
    ) -> BoxFuture<'a, Result<Option<NotificationStream>, DbError>> {
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
        // What says nothing of tickets is passed over.
        let queue = "q".into();
        assert!(sender.send(Event::Parked(queue)).is_ok() && sender.send(Event::Issued).is_ok());
        assert!(reason_to_fetch(&mut events, &fetches).await);
        assert_eq!(began.elapsed(), Duration::ZERO);
        // Without a word from anybody.
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
