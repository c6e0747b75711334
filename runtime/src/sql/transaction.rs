//! [`Transaction`].

use std::ops::{Deref, DerefMut};

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Postgres};

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
///
/// # Panics
///
/// `&mut *tx` panics if setting a savepoint failed before, or was cancelled: sqlx then ends the whole transaction,
/// and a statement would run as the login of the connection, without the role and the claims. Return the error of
/// `begin` instead of going on.
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
        // sqlx's own `commit` would do nothing, and say nothing.
        if !self.inner.is_in_transaction() {
            return Err(DatabaseError::ended());
        }
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
        assert!(
            self.inner.is_in_transaction(),
            "this transaction has ended, because setting a savepoint in it failed or was cancelled: return \
             that error instead of going on"
        );
        &mut self.inner
    }
}

debug_fields!(Transaction: |this| {
    is_pooled: this.is_pooled,
});
