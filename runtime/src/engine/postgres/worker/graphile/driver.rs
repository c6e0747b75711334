//! [`Driver`]: graphile_worker's way to the database.

use std::any::Any;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::stream;
use graphile_worker::{
    BoxFuture, DatabaseDriver, DbError, DbExecutor, DbParams, DbRow, DbTransaction, Notification,
    NotificationStream,
};
use sqlx::Row;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::cells::{query, row};
use super::transaction::Transaction;
use crate::engine::QueueError;
use crate::engine::postgres::backoff::Backoff;
use crate::engine::postgres::connections::Connections;
use crate::engine::postgres::events::{Event, Events};

/// How long after its answer was lost a statement may still be at work, and what it fetched on its way
/// to who has asked for it.
const ON_ITS_WAY: Duration = Duration::from_secs(30);

/// graphile_worker's way to the database. Its own waits for an answer for ever, gives a batch up for one
/// row of it, and loses the notifications for good when the server restarts.
pub(super) struct Driver {
    connections: Connections,
    events: Events,
    closed: CancellationToken,
    /// When the answer to a statement that fetches was lost.
    lost: Mutex<Option<Instant>>,
}

impl Driver {
    pub(super) fn new(connections: Connections, events: Events, closed: CancellationToken) -> Self {
        Self {
            connections,
            events,
            closed,
            lost: Mutex::default(),
        }
    }

    /// Tries until the database answers. All of graphile_worker's statements outside of transactions may
    /// be run again: jobs that were fetched and did not arrive are given back later.
    async fn retried<T, F>(&self, mut statement: impl FnMut() -> F) -> Result<T, DbError>
    where
        F: Future<Output = Result<T, QueueError>>,
    {
        let mut backoff = Backoff::new();
        loop {
            let error = tokio::select! {
                biased;
                () = self.closed.cancelled() => return Err(DbError::new("the worker has ended")),
                answer = statement() => match answer {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                },
            };
            if !error.is_retryable() {
                return Err(DbError::new(error.to_string()));
            }
            self.lost(Some(Instant::now()));
            if backoff.should_log() {
                tracing::warn!(%error, "runs cannot be delivered; trying again");
            }
            tokio::select! {
                () = backoff.sleep() => {}
                () = self.closed.cancelled() => {}
            }
        }
    }

    fn lost(&self, at: Option<Instant>) {
        let lost = self.lost.lock();
        *lost.unwrap_or_else(std::sync::PoisonError::into_inner) = at;
    }

    /// The jobs that have been locked for a worker for a while, if answers were lost since this was asked
    /// before.
    pub(super) async fn take_lost(&self, worker: &str) -> Result<Vec<i64>, String> {
        let lost = *self
            .lost
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if lost.is_none_or(|at| at.elapsed() < ON_ITS_WAY) {
            return Ok(Vec::new());
        }
        let jobs = sqlx::query(
            "select id from graphile_worker.jobs
             where locked_by = $1 and locked_at < now() - interval '20 seconds'",
        );
        let jobs = self.connections.rows(jobs.bind(worker)).await;
        let jobs = jobs.map_err(|error| error.to_string())?;
        self.lost(None);
        jobs.iter()
            .map(|job| job.try_get(0).map_err(|error| error.to_string()))
            .collect()
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
            self.retried(|| self.connections.execute(query(sql, &params)))
                .await
        })
    }

    fn fetch_all<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
        Box::pin(async move {
            let rows = self
                .retried(|| self.connections.rows(query(sql, &params)))
                .await?;
            rows.iter().map(row).collect()
        })
    }
}

impl DatabaseDriver for Driver {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn begin<'a>(&'a self) -> BoxFuture<'a, Result<DbTransaction, DbError>> {
        Box::pin(async move {
            let transaction = Transaction::begin(&self.connections).await;
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
            let channel = channel.to_owned();
            let stream = stream::unfold((events, channel), |(mut events, channel)| async move {
                loop {
                    match events.recv().await {
                        Ok(Event::Issued | Event::Reconnected) | Err(RecvError::Lagged(_)) => {}
                        Ok(_) => continue,
                        Err(RecvError::Closed) => return None,
                    }
                    let notification = Notification {
                        channel: channel.clone(),
                        payload: String::new(),
                    };
                    return Some((Ok(notification), (events, channel)));
                }
            });
            Ok(Some(Box::pin(stream) as NotificationStream))
        })
    }
}
