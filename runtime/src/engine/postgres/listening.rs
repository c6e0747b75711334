//! [`ListeningDatabase`]: graphile_worker's way to the database.
//!
//! Its own way loses the notifications for good when the server restarts: it then polls, and what
//! took milliseconds takes up to a second. This one hears them through [`Events`], which come back. And
//! it takes tickets in the way of the worker's [`Beginner`].

use std::any::Any;

use chrono::Utc;
use futures_util::stream;
use graphile_worker::sqlx::SqlxDatabase;
use graphile_worker::{
    BoxFuture, DatabaseDriver, DbError, DbExecutor, DbParams, DbRow, DbTransaction, Notification,
    NotificationStream,
};
use sqlx::PgPool;
use tokio::sync::broadcast::error::RecvError;

use super::events::{Event, Events};
use super::tickets_sql::{Removal, given_back, job, request};
use super::worker::Beginner;

#[derive(Debug)]
pub(super) struct ListeningDatabase {
    database: SqlxDatabase,
    pool: PgPool,
    events: Events,
    beginner: Beginner,
}

impl ListeningDatabase {
    pub(super) fn new(pool: PgPool, events: Events, beginner: Beginner) -> Self {
        Self {
            database: SqlxDatabase::new(pool.clone()),
            pool,
            events,
            beginner,
        }
    }
}

impl DbExecutor for ListeningDatabase {
    fn execute<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<u64, DbError>> {
        if let Some(jobs) = given_back(sql, &params) {
            return Box::pin(async move {
                self.beginner.give_back(&jobs).await;
                // Those of runs without a history are still in the table.
                DbExecutor::execute(&self.database, sql, params).await
            });
        }
        let Some(mut removal) = Removal::of(sql, &params) else {
            return DbExecutor::execute(&self.database, sql, params);
        };
        Box::pin(async move {
            let asked = removal.jobs.len();
            self.beginner.without_removed(&mut removal.jobs);
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
        match request(sql, &params) {
            Some(request) => Box::pin(async move {
                let (locked_by, now) = (request.locked_by.clone(), Utc::now());
                let given = self.beginner.fetch(request).await;
                let notices = given.map_err(|error| DbError::new(error.to_string()))?;
                let jobs = notices.into_iter();
                Ok(jobs.map(|notice| job(notice, &locked_by, now)).collect())
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
