//! [`Transaction`]: a transaction of graphile_worker.

use std::sync::{Mutex, PoisonError};

use graphile_worker::{BoxFuture, DbError, DbExecutor, DbParams, DbRow, TransactionDriver};
use tokio::runtime::Handle;

use super::cells::{query, row};
use super::texts::Texts;
use crate::engine::QueueError;
use crate::engine::postgres::connections::{BEGIN, Connections, Session};

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
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session
            .take()
            .ok_or_else(|| DbError::new("the transaction is busy, or has failed"))
    }

    fn put_back(&self, session: Session) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(session);
    }
}

impl DbExecutor for Transaction {
    fn execute<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<u64, DbError>> {
        Box::pin(async move {
            let mut session = self.take()?;
            let answer = session.execute(query(sql, &params)).await;
            self.put_back(session);
            answer.map_err(|error| DbError::new(error.to_string()))
        })
    }

    fn fetch_all<'a>(
        &'a self,
        sql: &'a str,
        params: DbParams,
    ) -> BoxFuture<'a, Result<Vec<DbRow>, DbError>> {
        Box::pin(async move {
            let mut session = self.take()?;
            let answer = session.rows(query(sql, &params)).await;
            self.put_back(session);
            let rows = answer.map_err(|error| DbError::new(error.to_string()))?;
            rows.iter().map(|found| row(found, &self.texts)).collect()
        })
    }
}

impl TransactionDriver for Transaction {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<(), DbError>> {
        Box::pin(async move {
            let mut session = self.take()?;
            let committed = session.run("commit").await;
            committed.map_err(|error| DbError::new(error.to_string()))
        })
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
