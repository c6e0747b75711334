//! A queue and a worker: triggers a task, shows its retries and prints its result.
//!
//! ```text
//! cargo run --example worker
//! ```
//!
//! The queue is in this process. On Postgres, only the line that opens it changes:
//! `Queue::connect(&database_url).await?`, with the feature `postgres`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::task::HookContext;
use supabase_task::{LocalSupabase, Queue, RunHandle, UserId, Worker};

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";

#[derive(Serialize, Deserialize)]
struct Import {
    user_id: UserId,
    titles: Vec<String>,
}

/// A flaky service that is unavailable for the first two calls.
#[derive(Clone, Default)]
struct Flaky(Arc<AtomicU32>);

impl Flaky {
    fn call(&self) -> Result<(), String> {
        match self.0.fetch_add(1, Ordering::SeqCst) {
            0 | 1 => Err("503: the service is unavailable".to_owned()),
            _ => Ok(()),
        }
    }
}

/// Adds todos as the user who asked for them.
#[supabase_task(
    auth = "user",
    retry(max_attempts = 5, min = "200ms", factor = 2.0),
    max_duration = "1m",
    catch_error = say_so
)]
async fn import_todos(
    payload: Import,
    supabase: UserClient,
    State(service): State<Flaky>,
) -> TaskResult<usize> {
    service.call().map_err(TaskError::retry)?;
    let rows: Vec<_> = payload
        .titles
        .iter()
        .map(|title| json!({ "user_id": payload.user_id, "title": title }))
        .collect();
    supabase.from("quickstart_todos").insert(&rows).await?;
    Ok(rows.len())
}

/// Called after a failed attempt; the return value decides what comes next.
async fn say_so<T: Task>(hook: HookContext<'_, T>, error: &TaskError) -> CatchError {
    println!("  attempt {} failed: {error}", hook.context().attempt());
    CatchError::Default
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let local = LocalSupabase::builder()
        .migrations(concat!(env!("CARGO_MANIFEST_DIR"), "/supabase/migrations"))
        .start()
        .await?;
    let supabase = local.supabase().with_state(Flaky::default());

    let queue = Queue::in_process();
    let worker = Worker::new(&queue, &supabase).concurrency(4).start()?;

    let payload = Import {
        user_id: ALICE.parse()?,
        titles: vec!["water the plants".to_owned(), "call the bank".to_owned()],
    };
    let handle = import_todos::trigger(&queue, payload)
        .idempotency_key("import-2026-11-25")
        .tags(["import"])
        .await?;
    println!("run {} is {}", handle.id(), handle.status().await?);
    println!("it added {} todos", handle.wait().await?);
    report(&handle).await?;

    worker.shutdown().await?;
    local.shutdown().await?;
    Ok(())
}

async fn report<T: Task>(handle: &RunHandle<T>) -> anyhow::Result<()> {
    let run = handle.retrieve().await?;
    println!(
        "\n{} of task {}, as {:?}",
        run.status, run.task_id, run.principal
    );
    let mut before = run.created_at;
    for attempt in &run.attempts {
        let waited = (attempt.started_at - before)
            .to_std()
            .unwrap_or(Duration::ZERO);
        println!(
            "  attempt {}: {:?}, {waited:.0?} after the last",
            attempt.number, attempt.outcome
        );
        before = attempt.ended_at;
    }
    Ok(())
}
