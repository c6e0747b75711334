//! A database that outlives the stack does not run the same migrations again.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use supabase_task::LocalSupabase;
use supabase_task::local::LocalStepKind;
use supabase_task_tests::TestDatabase;
use tempfile::TempDir;

const CREATE: &str = "create table todos (title text); insert into todos values ('migrated');";

/// Starts on `database` from the files in `folder`, and returns which of them were run.
async fn start(database: &TestDatabase, folder: &Path) -> (LocalSupabase, Vec<String>) {
    let run = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&run);
    let stack = LocalSupabase::builder()
        .database_url(database.url().as_str())
        .migrations(folder)
        .seed(folder.join("seed.sql"))
        .on_step(move |step| match &step.kind {
            LocalStepKind::MigrationApplied { file } | LocalStepKind::Seeded { file } => {
                told.lock().unwrap().push(file.clone());
            }
            _ => {}
        })
        .start()
        .await
        .unwrap();
    let run = run.lock().unwrap().clone();
    (stack, run)
}

async fn rows(stack: &LocalSupabase) -> Vec<Value> {
    let service = stack.supabase().service_client().unwrap();
    let todos = service.from("todos").select("*");
    todos
        .order("title", supabase_task::client::Order::asc())
        .rows()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_migration_and_the_seed_run_once_and_a_new_migration_at_the_next_start() {
    let database = TestDatabase::create().await;
    let folder = TempDir::new().unwrap();
    let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
    write("1_create.sql", CREATE);
    write("seed.sql", "insert into todos (title) values ('seeded');");

    let (stack, run) = start(&database, folder.path()).await;
    assert_eq!(run, ["1_create.sql", "seed.sql"]);
    stack.shutdown().await.unwrap();

    let (stack, run) = start(&database, folder.path()).await;
    assert_eq!(run, [""; 0]);
    let once = [json!({ "title": "migrated" }), json!({ "title": "seeded" })];
    assert_eq!(rows(&stack).await, once);
    stack.shutdown().await.unwrap();

    write(
        "2_done.sql",
        "alter table todos add done boolean not null default false;",
    );
    let (stack, run) = start(&database, folder.path()).await;
    assert_eq!(run, ["2_done.sql"]);
    let done = ["migrated", "seeded"].map(|title| json!({ "title": title, "done": false }));
    assert_eq!(rows(&stack).await, done);
    stack.shutdown().await.unwrap();
}

/// A failed migration leaves nothing behind and is run again.
#[tokio::test]
async fn a_refused_migration_is_undone_and_runs_when_it_is_right() {
    let database = TestDatabase::create().await;
    let folder = TempDir::new().unwrap();
    let write = |name: &str, sql: &str| fs::write(folder.path().join(name), sql).unwrap();
    write("1_create.sql", &format!("{CREATE} selekt 1;"));
    write("seed.sql", "");

    let refused = LocalSupabase::builder()
        .database_url(database.url().as_str())
        .migrations(folder.path());
    let error = refused.start().await.unwrap_err();
    assert!(error.to_string().contains("1_create.sql:1:"), "{error}");

    write("1_create.sql", CREATE);
    let (stack, run) = start(&database, folder.path()).await;
    assert_eq!(run, ["1_create.sql", "seed.sql"]);
    assert_eq!(rows(&stack).await, [json!({ "title": "migrated" })]);
    stack.shutdown().await.unwrap();
}
