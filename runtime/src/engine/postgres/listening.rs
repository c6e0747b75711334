//! [`ListeningDatabase`]: graphile_worker's way to the database.
//!
//! Its own way loses the notifications for good when the server restarts: it then polls, and what
//! took milliseconds takes up to a second. This one hears them through [`Events`], which come back. And
//! it removes tickets no sooner than what came of them is written down.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream;
use graphile_worker::sqlx::SqlxDatabase;
use graphile_worker::{
    BoxFuture, DatabaseDriver, DbError, DbExecutor, DbParams, DbRow, DbTransaction, Notification,
    NotificationStream,
};
use sqlx::PgPool;
use tokio::sync::broadcast::error::RecvError;

use super::events::{Event, Events};
use super::tickets_sql::{Fetch, Removal, is_removal};
use super::worker::{Arrivals, Progress};

#[derive(Debug)]
pub(super) struct ListeningDatabase {
    database: SqlxDatabase,
    pool: PgPool,
    events: Events,
    progress: Arc<Progress>,
    arrivals: Arc<Arrivals>,
}

/// How long the removal of tickets waits for outcomes. Then the tickets stay, and are found to be used
/// up when they are delivered again.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

impl ListeningDatabase {
    pub(super) fn new(
        pool: PgPool,
        events: Events,
        progress: Arc<Progress>,
        arrivals: Arc<Arrivals>,
    ) -> Self {
        Self {
            database: SqlxDatabase::new(pool.clone()),
            pool,
            events,
            progress,
            arrivals,
        }
    }
}

impl DbExecutor for ListeningDatabase {
    fn execute<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<u64, DbError>> {
        if !is_removal(sql) {
            return DbExecutor::execute(&self.database, sql, params);
        }
        Box::pin(async move {
            if !self.progress.caught_up(LONGEST_WAIT).await {
                return Err(DbError::new(
                    "what came of the runs is not written down yet",
                ));
            }
            let Some(mut removal) = Removal::of(sql, &params) else {
                return DbExecutor::execute(&self.database, sql, params).await;
            };
            let asked = removal.jobs.len();
            self.progress.without_removed(&mut removal.jobs);
            match (asked - removal.jobs.len()) as u64 {
                removed if removal.jobs.is_empty() => Ok(removed),
                removed => Ok(removed + removal.run(&self.pool).await?),
            }
        })
    }

    fn fetch_all<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
        match Fetch::of(sql, &params) {
            Some(fetch) => Box::pin(async move {
                let jobs = fetch.run(&self.pool).await?;
                self.arrivals.fetched(jobs.len());
                Ok(jobs)
            }),
            None => DbExecutor::fetch_all(&self.database, sql, params),
        }
    }
}

impl DatabaseDriver for ListeningDatabase {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn begin<'a>(&'a self) -> BoxFuture<'a, Result<DbTransaction, DbError>> {
        self.database.begin()
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
