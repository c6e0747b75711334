//! [`Transaction`]: a transaction of graphile_worker.

use std::sync::Mutex;

use graphile_worker::{DbError, DbExecutor, DbParams, DbRow, TransactionDriver};
use tokio::runtime::Handle;

use super::cells::{Answer, db_error, query, row};
use super::texts::Texts;
use crate::engine::QueueError;
use crate::engine::postgres::connections::{BEGIN, Connections, Session};
use crate::lock::lock;

/// A transaction of graphile_worker, rolled back unless it is committed.
pub(super) struct Transaction {
    /// Taken out during a statement. If the statement is dropped, so is the connection.
    session: Mutex<Option<Session>>,
    texts: Texts,
}

impl Transaction {
    pub(super) async fn begin(connections: &Connections, texts: Texts) -> Result<Self, QueueError> {
        let mut session = connections.acquire().await?;
        session.run(BEGIN).await?;
        Ok(Self {
            session: Mutex::new(Some(session)),
            texts,
        })
    }

    fn take(&self) -> Result<Session, DbError> {
        let session = lock(&self.session).take();
        session.ok_or_else(|| DbError::new("the transaction is busy, or has failed"))
    }

    fn put_back(&self, session: Session) {
        *lock(&self.session) = Some(session);
    }
}

impl DbExecutor for Transaction {
    fn execute<'a>(&'a self, sql: &'a str, params: DbParams) -> Answer<'a, u64> {
        Box::pin(async move {
            let mut session = self.take()?;
            let answer = session.execute(query(sql, &params)).await;
            self.put_back(session);
            answer.map_err(db_error)
        })
    }

    fn fetch_all<'a>(&'a self, sql: &'a str, params: DbParams) -> Answer<'a, Vec<DbRow>> {
        Box::pin(async move {
            let mut session = self.take()?;
            let answer = session.rows(query(sql, &params)).await;
            self.put_back(session);
            let rows = answer.map_err(db_error)?;
            rows.iter().map(|found| row(found, &self.texts)).collect()
        })
    }
}

impl TransactionDriver for Transaction {
    fn commit(self: Box<Self>) -> Answer<'static, ()> {
        Box::pin(async move { self.take()?.run("commit").await.map_err(db_error) })
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let (Ok(mut session), Ok(runtime)) = (self.take(), Handle::try_current()) else {
            // After a commit there is nothing to roll back. If a statement was dropped, its connection was
            // closed, which ends the transaction.
            return;
        };
        runtime.spawn(async move {
            // An error closes the connection.
            let _ = session.run("rollback").await;
        });
    }
}
