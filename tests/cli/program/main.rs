//! A task program whose `main` only runs the command line. The tests in `tests/cli` run it.

use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
struct AddTodo {
    user_id: UserId,
    title: String,
}

/// Runs as the user in the payload.
#[supabase_task(auth = "user")]
async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<String> {
    let todo = supabase
        .from("todos")
        .insert(json!({ "user_id": payload.user_id, "title": payload.title }))
        .select("title")
        .single::<serde_json::Value>()
        .await?;
    Ok(todo["title"].as_str().unwrap_or_default().to_owned())
}

/// Runs as the service role, every night.
#[supabase_task(
    auth = "service",
    retry(none),
    max_duration = "90s",
    queue(name = "nightly", concurrency_limit = 1),
    schedule = "30 2 * * *",
    timezone = "Europe/Berlin",
    ttl = "1h",
    priority = 10
)]
async fn count_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    let supabase = supabase.with_retries(false);
    Ok(supabase.from("todos").select("*").head().await?)
}

#[derive(Serialize, Deserialize)]
struct Flaky {
    failures: u32,
}

/// Fails the given number of times, then returns the number of the attempt that succeeded.
#[supabase_task(auth = "anon")]
async fn flaky(payload: Flaky, _supabase: AnonClient, ctx: TaskContext) -> TaskResult<u32> {
    if ctx.attempt() <= payload.failures {
        let cause = format!("attempt {} is too early", ctx.attempt());
        // Long enough to be seen by someone who follows the run.
        return Err(TaskError::retry_after(Duration::from_millis(250), cause));
    }
    Ok(ctx.attempt())
}

#[derive(Deserialize, Row)]
#[row(table = "order")]
struct Order {
    status: Option<String>,
    #[row(column = "shipped at")]
    shipped: Option<String>,
}

#[derive(Deserialize, Row)]
struct Report {
    #[allow(dead_code)]
    id: i64,
}

/// Reads orders, ships them, and writes reports.
#[derive(DatabaseRole)]
#[role(
    name = "cli reporter",
    select(Order),
    update(Order: status, shipped),
    insert(Report)
)]
struct Reporter;

/// Runs as a role of the database.
#[supabase_task(auth = "role", role = Reporter)]
async fn report(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<usize> {
    let orders = supabase.table::<Order>().rows().await?;
    let is_open = |order: &&Order| order.status.is_some() && order.shipped.is_none();
    Ok(orders.iter().filter(is_open).count())
}

/// Runs as the service role, with the client's own retries.
#[supabase_task(auth = "service", retry(none))]
async fn read_todos(_payload: (), supabase: ServiceClient) -> TaskResult<usize> {
    let todos: Vec<serde_json::Value> = supabase.from("todos").select("*").execute().await?;
    Ok(todos.len())
}

#[derive(Serialize, Deserialize)]
struct Wordy {
    characters: usize,
    note: String,
}

/// Returns text of the given length.
#[supabase_task(auth = "anon")]
async fn wordy(payload: Wordy, _supabase: AnonClient) -> TaskResult<String> {
    assert!(!payload.note.is_empty());
    Ok("w".repeat(payload.characters))
}

/// Fails with an error that rules out a retry.
#[supabase_task(auth = "anon")]
async fn abort(_payload: (), _supabase: AnonClient) -> TaskResult<()> {
    Err(TaskError::abort("there is nothing to be done"))
}

/// Takes nothing and gives nothing.
#[supabase_task(auth = "anon")]
async fn idle(_payload: (), _supabase: AnonClient) -> TaskResult<()> {
    Ok(())
}

/// Runs until it is cancelled.
#[supabase_task(auth = "anon")]
async fn endless(_payload: (), _supabase: AnonClient, ctx: TaskContext) -> TaskResult<()> {
    eprintln!("endless has begun");
    ctx.cancelled().await;
    eprintln!("endless was told");
    Ok(())
}

/// State that `main` provides.
#[derive(Clone)]
struct Greeting(&'static str);

/// Waits for a task that it triggers.
#[supabase_task(auth = "anon")]
async fn greet(
    payload: Flaky,
    _supabase: AnonClient,
    State(Greeting(greeting)): State<Greeting>,
    ctx: TaskContext,
) -> TaskResult<String> {
    let attempt = ctx.trigger_and_wait::<flaky>(payload).await?;
    Ok(format!("{greeting} after {attempt}"))
}

fn main() -> ExitCode {
    use tokio::runtime::Builder;

    let mut runtime = match std::env::var("TEST_RUNTIME").as_deref() {
        Ok("multi_thread") => Builder::new_multi_thread(),
        Ok("current_thread") => Builder::new_current_thread(),
        _ => return command_line(),
    };
    let runtime = runtime
        .enable_all()
        .build()
        .expect("a runtime can be started");
    runtime.block_on(async { command_line() })
}

fn command_line() -> ExitCode {
    supabase_task::cli::main_with(|supabase| supabase.with_state(Greeting("hello")))
}
