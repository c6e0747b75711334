//! Several stacks on one database.

use std::fs;

use supabase_task::LocalSupabase;
use supabase_task::prelude::*;
use supabase_task_tests::{MIGRATION, TestDatabase, user};
use tempfile::TempDir;

use crate::tasks::{AddTodo, As, add_todo, list_todos};

/// Both find the database empty; each migration must still run once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stacks_that_start_together_set_a_fresh_database_up_once() {
    let database = TestDatabase::create().await;
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("1_todos.sql"), MIGRATION).unwrap();
    let start = || {
        LocalSupabase::builder()
            .database_url(database.url().as_str())
            .migrations(folder.path())
            .start()
    };
    let (one, two) = tokio::join!(start(), start());
    let (one, two) = (one.unwrap(), two.unwrap());

    let payload = AddTodo {
        user_id: user(1),
        owner_id: user(1),
        title: "through one".to_owned(),
    };
    let added = add_todo::run(&one.supabase(), payload).await.unwrap();
    let seen = list_todos::run(&two.supabase(), As { user_id: user(1) }).await;
    assert_eq!(seen.unwrap(), [added]);

    // Stopping one stack does not affect the other.
    one.shutdown().await.unwrap();
    let seen = list_todos::run(&two.supabase(), As { user_id: user(2) }).await;
    assert_eq!(seen.unwrap(), []);
    two.shutdown().await.unwrap();
}

/// Roles belong to the server, so the stacks share them although their databases differ.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stacks_on_two_databases_of_one_server_share_no_rows() {
    let ((_first, one), (_second, two)) = tokio::join!(crate::start(), crate::start());
    one.execute(format!(
        "insert into todos (user_id, title) values ('{}', 'in one')",
        user(1)
    ))
    .await
    .unwrap();

    for (stack, expected) in [(&one, 1), (&two, 0)] {
        let service = stack.supabase().service_client().unwrap();
        let count = service.from("todos").select("*").head().await.unwrap();
        assert_eq!(count, expected);
    }
    one.shutdown().await.unwrap();
    two.shutdown().await.unwrap();
}
