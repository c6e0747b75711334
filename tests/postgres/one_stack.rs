//! One stack in a `static`, which many tests use: each on a thread and a runtime of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use supabase_task::prelude::*;
use supabase_task::{LocalPostgres, LocalSupabase};
use supabase_task_tests::MIGRATION;
use tokio::sync::OnceCell;

/// How many tests run at once, as on a large machine.
const THREADS: usize = 16;

/// How many tests there are, unless this variable says so. 2,000 take some 20 s with an installed PostgreSQL.
const TESTS: usize = 500;
const VARIABLE: &str = "SUPABASE_TASK_TESTS_OF_ONE_STACK";

type Failure = Box<dyn std::error::Error>;

/// What a test of a project does.
async fn test(stack: &LocalSupabase, number: usize) -> Result<(), Failure> {
    let alice = stack
        .create_user(format!("alice{number}@example.com"))
        .await?;
    let bob = stack
        .create_user(format!("bob{number}@example.com"))
        .await?;
    let todo = json!({ "user_id": alice, "title": number.to_string() });
    stack.as_user(alice)?.from("todos").insert(&todo).await?;
    let own = stack.as_user(alice)?;
    let titles = own
        .from("todos")
        .select("title")
        .rows::<serde_json::Value>()
        .await?;
    if titles != [json!({ "title": number.to_string() })] {
        return Err(format!("alice sees {titles:?}").into());
    }
    match stack.as_user(bob)?.from("todos").select("*").head().await? {
        0 => Ok(()),
        seen => Err(format!("bob sees {seen} rows").into()),
    }
}

fn run(server: LocalPostgres, stack: &'static OnceCell<LocalSupabase>) {
    let tests = std::env::var(VARIABLE).map_or(TESTS, |number| number.parse().unwrap());
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= tests {
                        return;
                    }
                    // As `#[tokio::test]` does.
                    let runtime = tokio::runtime::Builder::new_current_thread()
                        .enable_all()
                        .build();
                    let outcome = runtime.unwrap().block_on(async {
                        let start = async || {
                            let builder = LocalSupabase::builder().postgres(server.clone());
                            builder.sql(MIGRATION).start().await
                        };
                        test(stack.get_or_try_init(start).await?, number).await
                    });
                    if let Err(failure) = outcome {
                        failures
                            .lock()
                            .unwrap()
                            .push(format!("{number}: {failure}"));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let shown = &failures[..failures.len().min(5)];
    assert!(
        failures.is_empty(),
        "{} of {tests} failed, such as {shown:#?}",
        failures.len()
    );
}

#[test]
fn many_tests_share_an_installed_stack() {
    static STACK: OnceCell<LocalSupabase> = OnceCell::const_new();
    run(LocalPostgres::Installed, &STACK);
}

#[test]
fn many_tests_share_an_embedded_stack() {
    static STACK: OnceCell<LocalSupabase> = OnceCell::const_new();
    run(LocalPostgres::Embedded, &STACK);
}
