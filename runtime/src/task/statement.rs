//! Triggers inside a transaction.

use sqlx::PgConnection;

use super::{Task, Trigger};
use crate::engine::QueueError;
use crate::engine::postgres::TriggerStatement;
use crate::engine::postgres::sqlx_0_9::TriggerWithin;
use crate::run::{RunId, sealed};

impl<T: Task> Trigger<'_, T> {
    /// Returns the trigger as one SQL statement, which you run in your own transaction with any driver
    /// instead of awaiting the trigger.
    ///
    /// # Errors
    ///
    /// If an option is out of range, or the payload cannot be serialized as JSON.
    pub fn statement(self) -> Result<TriggerStatement, QueueError> {
        TriggerStatement::new(&self.into_run()?)
    }
}

impl<T: Task> sealed::Sealed for Trigger<'_, T> {}

impl<T: Task> TriggerWithin for Trigger<'_, T> {
    fn within(
        self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<RunId, QueueError>> + Send {
        let statement = self.statement();
        async move { statement?.store(connection).await }
    }
}
