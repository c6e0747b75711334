//! The escape hatch: the part of this crate's API that exposes types of `sqlx` 0.9 and `graphile_worker`'s
//! tables. It may change with them; the rest of the API does not.
//!
//! For any other driver, or another version of `sqlx`, use
//! [`Trigger::statement`](crate::engine::Trigger::statement).

use sqlx::{Connection, PgConnection};
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
    /// A transaction that has another role than the connection's login, such as that of a
    /// `UserDatabase` (feature `sql`), has the login's for this statement: only the owner of the queue may
    /// store runs.
    ///
    /// # Errors
    ///
    /// The same as for awaiting the trigger. A database error leaves the transaction aborted.
    fn within(
        self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<RunId, QueueError>> + Send;
}

/// Hands over what [`TriggerStatement::sql`] takes. Not in the text of [`AS_LOGIN`], which sqlx and the server may
/// log.
const GIVE: &str = "select pg_catalog.set_config('supabase_task.runs', $1, true)";

/// Stores the runs as the connection's login, and becomes the transaction's role again. All in one message: a
/// future that is dropped halfway must not leave the login's role to the statements that follow.
const AS_LOGIN: &str = "select \
       pg_catalog.set_config('supabase_task.role', pg_catalog.current_setting('role'), true), \
       pg_catalog.set_config('role', 'none', true); \
     select run_id from supabase_task.enqueue(pg_catalog.current_setting('supabase_task.runs')::json); \
     select pg_catalog.set_config('role', pg_catalog.current_setting('supabase_task.role'), true), \
       pg_catalog.set_config('supabase_task.runs', '', true)";

impl TriggerStatement {
    /// Stores the run on this connection: in a transaction of sqlx as the connection's login, whose role the
    /// transaction may have changed.
    pub(crate) async fn store(&self, connection: &mut PgConnection) -> Result<RunId, QueueError> {
        let parameter = self.parameter();
        if !connection.is_in_transaction() {
            let row = sqlx::query(self.sql())
                .bind(parameter)
                .fetch_one(connection);
            return get::<Uuid>(&row.await.map_err(failure)?, "run_id").map(RunId::from);
        }
        // Not kept prepared, for a transaction pooler.
        let give = sqlx::query(GIVE).bind(parameter).persistent(false);
        give.execute(&mut *connection).await.map_err(failure)?;
        let rows = sqlx::raw_sql(AS_LOGIN).fetch_all(connection);
        let rows = rows.await.map_err(failure)?;
        // One row of each statement.
        let stored = rows
            .get(1)
            .ok_or_else(|| failure(sqlx::Error::RowNotFound))?;
        get::<Uuid>(stored, "run_id").map(RunId::from)
    }
}
