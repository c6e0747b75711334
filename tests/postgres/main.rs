//! `LocalSupabase` over an installed PostgreSQL and over one given by its URL, with many connections at once.

mod differential;
mod faults;
mod folders;
mod identities;
mod logins;
mod migrations;
mod one_stack;
mod schema_changes;
mod servers;
mod sharing;
#[path = "../stack/tasks.rs"]
mod tasks;
mod transactions;

use supabase_task::LocalSupabase;
use supabase_task_tests::{MIGRATION, TestDatabase};

/// A project on a database of its own. Drop the stack first: it holds connections to the database.
async fn start() -> (TestDatabase, LocalSupabase) {
    let database = TestDatabase::create().await;
    let stack = LocalSupabase::builder()
        .database_url(database.url().as_str())
        .sql(MIGRATION)
        .start()
        .await
        .unwrap();
    (database, stack)
}
