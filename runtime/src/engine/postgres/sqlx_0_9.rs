//! The escape hatch: the part of this crate's API that exposes types of `sqlx` 0.9 and `graphile_worker`'s
//! tables. It may change with them; the rest of the API does not.
//!
//! For any other driver, or another version of `sqlx`, use
//! [`Trigger::statement`](crate::engine::Trigger::statement).

use sqlx::PgConnection;
use uuid::Uuid;

use super::TriggerStatement;
use super::failure::failure;
use super::rows::get;
use crate::engine::QueueError;
use crate::run::{RunId, sealed};

/// Triggering within your own transaction.
///
/// ```no_run
/// use supabase_task::engine::postgres::sqlx_0_9::TriggerWithin;
/// use supabase_task::prelude::*;
/// use supabase_task::Queue;
///
/// #[supabase_task(auth = "service")]
/// async fn welcome(payload: String, supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
///
/// # async fn example(queue: Queue, pool: sqlx::PgPool) -> Result<(), Box<dyn std::error::Error>> {
/// let mut transaction = pool.begin().await?;
/// sqlx::query("insert into customers (name) values ($1)").bind("Ada").execute(&mut *transaction).await?;
/// welcome::trigger(&queue, "Ada".to_owned()).within(&mut transaction).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
pub trait TriggerWithin: sealed::Sealed {
    /// Stores the run on this connection. The run exists if and only if the connection's transaction commits.
    ///
    /// # Errors
    ///
    /// The same as for awaiting the trigger. A database error leaves the transaction aborted.
    fn within(
        self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<RunId, QueueError>> + Send;
}

impl TriggerStatement {
    /// Stores the run on this connection.
    pub(crate) async fn store(&self, connection: &mut PgConnection) -> Result<RunId, QueueError> {
        let query = sqlx::query(self.sql()).bind(self.parameter());
        let row = query.fetch_one(connection).await.map_err(failure)?;
        get::<Uuid>(&row, "run_id").map(RunId::from)
    }
}
