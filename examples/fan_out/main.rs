//! A task that triggers many others, waits for all of them, and combines the results.
//!
//! ```text
//! cargo run --example fan_out
//! ```
//!
//! The parent is a service task that knows all users. Each child acts as one of them, under Row Level
//! Security. The queue's limit applies to all workers together. A waiting parent occupies no slot, so a
//! worker with a single slot, as here, is enough.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::{LocalSupabase, Queue, UserId, Worker};

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";
const BOB: &str = "b0b00000-0000-4000-8000-000000000002";
const CAROL: &str = "ca401000-0000-4000-8000-000000000003";

#[derive(Serialize, Deserialize)]
struct OfUser {
    user_id: UserId,
}

/// Counts a user's todos.
#[supabase_task(
    auth = "user",
    queue(name = "digests", concurrency_limit = 2),
    retry(max_attempts = 5)
)]
async fn count_todos(_payload: OfUser, supabase: UserClient) -> TaskResult<u64> {
    Ok(supabase.from("quickstart_todos").select("*").head().await?)
}

#[derive(Debug, Serialize, Deserialize)]
struct Digest {
    todos: u64,
    failed: usize,
}

/// Builds the digest of all users.
#[supabase_task(auth = "service")]
async fn digest(
    users: Vec<UserId>,
    supabase: ServiceClient,
    ctx: TaskContext,
) -> TaskResult<Digest> {
    for (number, user_id) in users.iter().enumerate() {
        let titles =
            (0..=number).map(|n| json!({ "user_id": user_id, "title": format!("todo {n}") }));
        let rows: Vec<_> = titles.collect();
        supabase.from("quickstart_todos").insert(&rows).await?;
    }
    let children = users.into_iter().map(|user_id| OfUser { user_id });
    let counts = ctx.trigger_batch_and_wait::<count_todos>(children).await?;
    Ok(Digest {
        todos: counts.iter().flatten().sum(),
        failed: counts.iter().filter(|count| count.is_err()).count(),
    })
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let local = LocalSupabase::builder()
        .migrations(concat!(env!("CARGO_MANIFEST_DIR"), "/supabase/migrations"))
        .start()
        .await?;
    let supabase = local.supabase();
    let queue = Queue::in_process();
    let worker = Worker::new(&queue, &supabase).concurrency(1).start()?;

    let users = [ALICE, BOB, CAROL].map(|id| id.parse::<UserId>());
    let users = users.into_iter().collect::<Result<_, _>>()?;
    let digest = digest::trigger(&queue, users).await?.wait().await?;
    println!("{digest:?}");

    worker.shutdown().await?;
    local.shutdown().await?;
    Ok(())
}
