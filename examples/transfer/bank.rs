//! The tasks of the bank: what you would write in your own program.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use supabase_task::UserId;
use supabase_task::prelude::*;
use supabase_task::sql::Transaction;
use tokio::sync::Notify;

/// Money of one user that goes to another account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Payment {
    /// Whose money it is. The task acts as this user.
    pub user_id: UserId,
    pub from: i64,
    pub to: i64,
    pub amount: i64,
}

/// Pays: all three statements happen, or none.
///
/// It asks for no permission. The policies decide whose account it may take the money from, and the commit fails
/// if there is not enough of it.
#[supabase_task(auth = "user")]
pub async fn pay(payment: Payment, database: UserDatabase) -> TaskResult<i64> {
    let mut tx = database.begin().await?;
    let transfer = begin_transfer(&mut tx).await?;
    enter(&mut tx, transfer, payment.from, -payment.amount).await?;
    enter(&mut tx, transfer, payment.to, payment.amount).await?;
    tx.commit().await?;
    Ok(transfer)
}

/// What goes wrong in [`pay_halfway`].
#[derive(Debug, Serialize, Deserialize)]
pub enum Crash {
    /// The task panics.
    Panic,
    /// The task hangs until its future is dropped, as it is when a worker is stopped.
    Hang,
}

/// Says that the money is out of one account and not yet in the other.
#[derive(Clone, Default)]
pub struct Halfway(pub Arc<Notify>);

#[derive(Debug, Serialize, Deserialize)]
pub struct Halted {
    #[serde(flatten)]
    pub payment: Payment,
    pub crash: Crash,
}

/// Pays as [`pay`] does, and crashes in the middle.
#[supabase_task(auth = "user", user = payload.payment.user_id)]
pub async fn pay_halfway(
    payload: Halted,
    database: UserDatabase,
    State(halfway): State<Halfway>,
) -> TaskResult<()> {
    let payment = payload.payment;
    let mut tx = database.begin().await?;
    let transfer = begin_transfer(&mut tx).await?;
    enter(&mut tx, transfer, payment.from, -payment.amount).await?;
    halfway.0.notify_one();
    match payload.crash {
        Crash::Panic => panic!("the program has a bug"),
        Crash::Hang => std::future::pending().await,
    }
}

async fn begin_transfer(tx: &mut Transaction) -> TaskResult<i64> {
    let id = sqlx::query_scalar("insert into transfers (note) values ($1) returning id");
    Ok(id.bind("a payment").fetch_one(&mut **tx).await?)
}

async fn enter(tx: &mut Transaction, transfer: i64, account: i64, amount: i64) -> TaskResult<()> {
    sqlx::query("insert into entries (transfer, account, amount) values ($1, $2, $3)")
        .bind(transfer)
        .bind(account)
        .bind(amount)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// What there is in the accounts of all users. The service role bypasses Row Level Security.
#[supabase_task(auth = "service")]
pub async fn balances(_payload: (), database: ServiceDatabase) -> TaskResult<Vec<(String, i64)>> {
    let mut tx = database.read().await?;
    let balances = sqlx::query_as(
        "select a.name, sum(e.amount)::bigint from accounts a join entries e on e.account = a.id
         where a.owner is not null group by a.id order by a.id",
    );
    Ok(balances.fetch_all(&mut *tx).await?)
}
