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
use tokio::sync::broadcast::error::RecvError;

use super::events::{Event, Events};
use super::worker::Progress;

#[derive(Debug)]
pub(super) struct ListeningDatabase {
    database: SqlxDatabase,
    events: Events,
    progress: Arc<Progress>,
}

/// How long the removal of tickets waits for outcomes. Then the tickets stay, and are found to be used
/// up when they are delivered again.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

impl ListeningDatabase {
    pub(super) fn new(pool: sqlx::PgPool, events: Events, progress: Arc<Progress>) -> Self {
        Self {
            database: SqlxDatabase::new(pool),
            events,
            progress,
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
            match without_waiting(sql) {
                Some(sql) => DbExecutor::execute(&self.database, &sql, params).await,
                None => DbExecutor::execute(&self.database, sql, params).await,
            }
        })
    }

    fn fetch_all<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
        DbExecutor::fetch_all(&self.database, sql, params)
    }
}

/// Every way in which graphile_worker removes a job.
fn is_removal(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("delete from")
}

/// Used-up tickets are removed without waiting for the disk: if the server crashes and one is there
/// again, its run says that it is over (one without a history runs once more). graphile_worker has no
/// setting for it; what the subquery sets holds for the statement's transaction alone.
fn without_waiting(sql: &str) -> Option<String> {
    let sql = sql.trim();
    let is_batch = sql.starts_with("DELETE FROM ") && sql.ends_with("WHERE id = ANY($1::bigint[])");
    is_batch.then(|| {
        format!("{sql} and (select set_config('synchronous_commit', 'off', true)) is not null")
    })
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
