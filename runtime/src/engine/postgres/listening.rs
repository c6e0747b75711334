//! [`ListeningDatabase`]: graphile_worker's way to the database.
//!
//! Its own way loses the notifications for good when the server restarts: it then polls, and what
//! took milliseconds takes up to a second. This one hears them through [`Events`], which come back.

use std::any::Any;

use futures_util::stream;
use graphile_worker::sqlx::SqlxDatabase;
use graphile_worker::{
    BoxFuture, DatabaseDriver, DbError, DbExecutor, DbParams, DbRow, DbTransaction, Notification,
    NotificationStream,
};
use tokio::sync::broadcast::error::RecvError;

use super::events::{Event, Events};

#[derive(Debug)]
pub(super) struct ListeningDatabase {
    database: SqlxDatabase,
    events: Events,
}

impl ListeningDatabase {
    pub(super) fn new(pool: sqlx::PgPool, events: Events) -> Self {
        let database = SqlxDatabase::new(pool);
        Self { database, events }
    }
}

impl DbExecutor for ListeningDatabase {
    fn execute<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<u64, DbError>> {
        let Some(sql) = without_waiting(sql) else {
            return DbExecutor::execute(&self.database, sql, params);
        };
        Box::pin(async move { DbExecutor::execute(&self.database, &sql, params).await })
    }

    fn fetch_all<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
        DbExecutor::fetch_all(&self.database, sql, params)
    }
}

/// Used-up tickets are removed without waiting for the disk: if the server crashes and one is there
/// again, its run says that it is over (one without a history runs once more). graphile_worker has no
/// setting for it; what the subquery sets holds for the statement's transaction alone.
fn without_waiting(sql: &str) -> Option<String> {
    let sql = sql.trim();
    let is_removal =
        sql.starts_with("DELETE FROM ") && sql.ends_with("WHERE id = ANY($1::bigint[])");
    is_removal.then(|| {
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
