//! Databases of each identity.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::sql::{Database, DatabaseError, Transaction};
use supabase_task::task::linked_tasks;

#[derive(Serialize, Deserialize)]
struct Transfer {
    user_id: UserId,
    amount: i64,
}

/// A database, and nothing else.
#[supabase_task(auth = "user")]
async fn transfer(payload: Transfer, database: UserDatabase) -> TaskResult<i64> {
    let mut tx = database.begin().await?;
    withdraw(&mut tx, payload.amount).await?;
    tx.commit().await?;
    Ok(payload.amount)
}

/// An error of the database becomes a `TaskError` with `?`.
async fn withdraw(_tx: &mut Transaction, _amount: i64) -> Result<(), DatabaseError> {
    Ok(())
}

#[supabase_task(auth = "service")]
async fn sweep(_payload: (), supabase: ServiceClient, database: ServiceDatabase) -> TaskResult<()> {
    let _ = supabase;
    database.read().await?.rollback().await?;
    Ok(())
}

#[supabase_task(auth = "anon")]
async fn count(_payload: (), database: AnonDatabase, context: TaskContext) -> TaskResult<()> {
    let _ = context;
    audit(&database).await
}

/// Whatever the identity.
async fn audit<M: supabase_task::auth::AuthMode>(database: &Database<M>) -> TaskResult<()> {
    Ok(database.read().await?.rollback().await?)
}

#[supabase_task(auth = "service")]
async fn without(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    let _ = supabase;
    Ok(())
}

fn main() {
    let takes = |id: &str| linked_tasks().find(|task| task.id() == id).unwrap().takes_database();
    assert!(takes("transfer") && takes("sweep") && takes("count") && !takes("without"));
}
