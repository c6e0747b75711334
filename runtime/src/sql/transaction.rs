//! [`Transaction`].

use std::ops::{Deref, DerefMut};

use sqlx::Postgres;
use sqlx::postgres::PgConnection;

use super::error::DatabaseError;
use super::session;
use crate::debug::debug_fields;

/// A transaction of one identity. Dropped without [`commit`](Self::commit), it is rolled back.
///
/// It derefs to sqlx's `PgConnection`: pass `&mut *tx` to a query. `sqlx::Connection::begin(&mut *tx)` sets
/// a savepoint.
///
/// Dropping it does not wait: the rollback is sent before the connection is used again. A statement whose
/// future was dropped runs on in the server until it ends or meets the role's `statement_timeout`; the
/// connection is closed if that takes longer than 10 seconds, and PostgreSQL rolls back.
#[must_use = "a transaction that is dropped is rolled back"]
pub struct Transaction {
    inner: sqlx::Transaction<'static, Postgres>,
    is_pooled: bool,
}

impl Transaction {
    pub(super) fn new(inner: sqlx::Transaction<'static, Postgres>, is_pooled: bool) -> Self {
        Self { inner, is_pooled }
    }

    /// Commits.
    ///
    /// # Errors
    ///
    /// If PostgreSQL refuses, because of a deferred constraint for example. **If a statement of this
    /// transaction failed before**, PostgreSQL has rolled back already, and this says so (`25P02`), even if
    /// you handled that error. If the connection is lost meanwhile, nobody knows whether the transaction
    /// was committed.
    pub async fn commit(mut self) -> Result<(), DatabaseError> {
        session::ready_to_commit(&mut self.inner, self.is_pooled).await?;
        Ok(self.inner.commit().await?)
    }

    /// Rolls back and waits until that is done.
    ///
    /// # Errors
    ///
    /// If the connection is lost, which also rolls back.
    pub async fn rollback(self) -> Result<(), DatabaseError> {
        Ok(self.inner.rollback().await?)
    }
}

impl Deref for Transaction {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

debug_fields!(Transaction: |this| {
    is_pooled: this.is_pooled,
});
