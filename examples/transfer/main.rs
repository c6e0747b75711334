//! Money between the accounts of two users, in one transaction under Row Level Security.
//!
//! ```text
//! cargo run --example transfer
//! ```
//!
//! It runs on a Supabase project inside this process. A payment is three statements; whatever stops it after the
//! second one, the money is still where it was.

mod bank;

use anyhow::{Context, ensure};
use supabase_task::prelude::*;
use supabase_task::sql::DatabaseError;
use supabase_task::{LocalSupabase, TaskError, UserId};

use bank::{Crash, Halfway, Halted, Payment, balances, pay, pay_halfway};

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";
const ALICES_ACCOUNT: i64 = 2;
const BOBS_ACCOUNT: i64 = 3;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let local = LocalSupabase::builder()
        .sql(include_str!("ledger.sql"))
        .on_step(|step| println!("  {step}"))
        .start()
        .await?;
    let halfway = Halfway::default();
    let supabase = local.supabase().with_state(halfway.clone());
    let alice: UserId = ALICE.parse()?;
    let payment = |from, to, amount| Payment {
        user_id: alice,
        from,
        to,
        amount,
    };

    println!();
    expect(&supabase, "at first", [100, 50]).await?;

    pay::run(&supabase, payment(ALICES_ACCOUNT, BOBS_ACCOUNT, 30)).await?;
    expect(&supabase, "alice pays 30 to bob", [70, 80]).await?;

    let refused = pay::run(&supabase, payment(BOBS_ACCOUNT, ALICES_ACCOUNT, 30)).await;
    let error = refused.err().context("alice took bob's money")?;
    let by_policy = database_error(&error).is_some_and(DatabaseError::is_row_level_security);
    ensure!(by_policy, error);
    expect(&supabase, "alice takes 30 from bob: refused", [70, 80]).await?;
    println!("      {error}");

    let refused = pay::run(&supabase, payment(ALICES_ACCOUNT, BOBS_ACCOUNT, 1_000)).await;
    let error = refused.err().context("alice paid money that she has not")?;
    let constraint = database_error(&error).and_then(DatabaseError::constraint);
    ensure!(constraint == Some("account_is_covered"), error);
    expect(&supabase, "alice pays 1000 to bob: refused", [70, 80]).await?;
    println!("      {error}");

    let halted = |crash| Halted {
        payment: payment(ALICES_ACCOUNT, BOBS_ACCOUNT, 30),
        crash,
    };
    println!("  (The next task panics, which Rust reports:)");
    let (of_panic, payload) = (supabase.clone(), halted(Crash::Panic));
    // As a worker does, which goes on after a panic.
    let panicked = tokio::spawn(async move { pay_halfway::run(&of_panic, payload).await });
    let error = panicked.await.err().context("the task did not panic")?;
    ensure!(error.is_panic(), error);
    expect(&supabase, "a panic between the accounts", [70, 80]).await?;

    // Forgets that the panic came that far, too.
    halfway.0.notified().await;
    tokio::select! {
        _ = pay_halfway::run(&supabase, halted(Crash::Hang)) => anyhow::bail!("the task ended"),
        // The other future is dropped.
        () = halfway.0.notified() => {}
    }
    expect(&supabase, "dropped between the accounts", [70, 80]).await?;

    pay::run(&supabase, payment(ALICES_ACCOUNT, BOBS_ACCOUNT, 30)).await?;
    expect(&supabase, "alice pays 30 to bob", [40, 110]).await?;
    println!("\nThe tasks are in examples/transfer/bank.rs, the policies in ledger.sql.");
    local.shutdown().await?;
    Ok(())
}

/// Prints what the users have, and fails if it is something else.
async fn expect(supabase: &Supabase, after: &str, expected: [i64; 2]) -> anyhow::Result<()> {
    let balances = balances::run(supabase, ()).await?;
    let text: Vec<_> = balances
        .iter()
        .map(|(name, balance)| format!("{name} {balance:>3}"))
        .collect();
    println!("  {after:34} {}", text.join(", "));
    let amounts: Vec<_> = balances.iter().map(|(_, balance)| *balance).collect();
    ensure!(amounts == expected, "expected {expected:?}");
    Ok(())
}

fn database_error(error: &TaskError) -> Option<&DatabaseError> {
    error.downcast_ref()
}
