//! What a stack of `LocalSupabase` costs on each server: its start, a hundred tests with a stack each, and a request
//! through its API beside the same statement on a connection.
//!
//! Tests are not optimized, so this is to be built as they are: `--profile dev`. Each server is measured in a process of
//! its own, because a process starts an installed server once.

#[allow(dead_code, reason = "only medians are used: a stack has no peer")]
#[path = "../support/mod.rs"]
mod support;

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use supabase_task::prelude::*;
use supabase_task::{LocalPostgres, LocalSupabase};

/// Set in a process that measures one server: how the server is called.
const MEASURED: &str = "LOCAL_STACK_MEASURED";

/// The variable that chooses the server of a process's stacks.
const POSTGRES: &str = "SUPABASE_TASK_POSTGRES";

const STARTS: usize = 10;
const TESTS: usize = 100;
const REQUESTS: usize = 1_000;

/// A small project.
const PROJECT: &str = "
    create table todos (
      id bigint generated always as identity primary key,
      user_id uuid not null references auth.users (id),
      title text not null
    );
    alter table todos enable row level security;
    create policy own on todos to authenticated using (user_id = auth.uid()) with check (user_id = auth.uid());";

/// The statement of the request.
const STATEMENT: &str = "select id, title from todos where id = $1";

fn main() {
    if !support::is_asked_to_measure() {
        return;
    }
    if let Ok(server) = std::env::var(MEASURED) {
        return measure(&server);
    }
    println!(
        "{:<10}{:>12}{:>12}{:>12}{:>12}{:>12}",
        "", "1st start", "10th start", "100 tests", "request", "statement"
    );
    measure_in_a_process("installed", "installed");
    measure_in_a_process("embedded", "embedded");
    // A server that is there already.
    runtime().block_on(async {
        let builder = LocalSupabase::builder().postgres(LocalPostgres::Installed);
        let server = builder.start().await.expect("a server");
        measure_in_a_process("url", server.database_url().expect("a URL"));
    });
}

fn measure_in_a_process(name: &str, server: &str) {
    let mut process = Command::new(std::env::current_exe().expect("this program has a path"));
    process
        .arg("--bench")
        .env(MEASURED, name)
        .env(POSTGRES, server);
    assert!(process.status().expect("it starts").success(), "{name}");
}

fn measure(server: &str) {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let began = Instant::now();
        let stack = runtime().block_on(start());
        starts.push(began.elapsed());
        drop(stack);
    }
    let began = Instant::now();
    run_tests();
    let tests = began.elapsed();
    let (request, statement) = runtime().block_on(requests());
    let statement = statement.map_or_else(|| "-".to_owned(), milliseconds);
    println!(
        "{server:<10}{:>12}{:>12}{:>12}{:>12}{statement:>12}",
        milliseconds(starts[0]),
        milliseconds(starts[STARTS - 1]),
        format!("{:.1} s", tests.as_secs_f64()),
        milliseconds(request),
    );
}

async fn start() -> LocalSupabase {
    let builder = LocalSupabase::builder().sql(PROJECT);
    builder.start().await.expect("a stack")
}

/// As `cargo test` does: on as many threads as there are processors.
fn run_tests() {
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < TESTS {
                    runtime().block_on(test());
                }
            });
        }
    });
}

/// A test with a stack of its own.
async fn test() {
    let stack = start().await;
    let (alice, _) = user_with_todo(&stack).await;
    let bob = stack.create_user("bob@example.com").await.expect("a user");
    for (user, expected) in [(alice, 1), (bob, 0)] {
        let client = stack.as_user(user).expect("a client");
        let seen = client.from("todos").select("*").head().await;
        assert_eq!(seen.expect("a count"), expected);
    }
}

async fn user_with_todo(stack: &LocalSupabase) -> (UserId, UserClient) {
    let alice = stack
        .create_user("alice@example.com")
        .await
        .expect("a user");
    let client = stack.as_user(alice).expect("a client");
    let todo = json!({ "user_id": alice, "title": "hers" });
    client.from("todos").insert(&todo).await.expect("a row");
    (alice, client)
}

/// Returns the medians of a request that reads a row, and of the same statement on one connection of sqlx, which bypasses
/// the policies. They take turns.
async fn requests() -> (Duration, Option<Duration>) {
    let stack = start().await;
    let (_, client) = user_with_todo(&stack).await;
    let mut connection = match stack.database_url() {
        Some(url) => Some(PgConnection::connect(url).await.expect("a connection")),
        None => None,
    };
    let (mut requests, mut statements) = (Vec::new(), Vec::new());
    for _ in 0..REQUESTS {
        let began = Instant::now();
        let rows = client.from("todos").select("id,title").eq("id", 1);
        let rows = rows.rows::<serde_json::Value>().await.expect("rows");
        requests.push(began.elapsed());
        assert_eq!(rows.len(), 1);
        if let Some(connection) = &mut connection {
            let began = Instant::now();
            let rows = sqlx::query(STATEMENT).bind(1_i64).fetch_all(connection);
            assert_eq!(rows.await.expect("rows").len(), 1);
            statements.push(began.elapsed());
        }
    }
    (median(&requests), connection.map(|_| median(&statements)))
}

fn median(times: &[Duration]) -> Duration {
    let seconds = times.iter().map(Duration::as_secs_f64);
    Duration::from_secs_f64(support::median(seconds))
}

fn milliseconds(time: Duration) -> String {
    let time = time.as_secs_f64() * 1e3;
    match time < 10.0 {
        true => format!("{time:.2} ms"),
        false => format!("{time:.0} ms"),
    }
}

/// As `#[tokio::test]` makes one.
fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("tokio starts")
}
