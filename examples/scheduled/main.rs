//! A task that runs by itself, on a schedule.
//!
//! ```text
//! cargo run --example scheduled            # runs the task once by hand, and prints when it is due
//! cargo run --example scheduled -- wait    # waits for the schedule, a minute at most
//! ```

use std::sync::Arc;

use supabase_task::prelude::*;
use supabase_task::{LocalSupabase, Queue, Worker};
use tokio::sync::mpsc;

/// Deletes finished todos of every user. It bypasses Row Level Security, so it takes no input that says
/// what to delete.
#[supabase_task(
    auth = "service",
    schedule = "* * * * *",
    timezone = "Europe/Berlin",
    max_duration = "5m"
)]
async fn sweep_todos(
    tick: Tick,
    supabase: ServiceClient,
    State(done): State<Done>,
) -> TaskResult<u64> {
    let swept = supabase
        .from("quickstart_todos")
        .delete()
        .eq("done", true)
        .affected_rows()
        .await?;
    println!("{swept} todos swept for {}", tick.timestamp);
    for next in &tick.upcoming {
        println!("  next at {next}");
    }
    // It is fine if the receiver is gone.
    let _ = done.0.try_send(());
    Ok(swept)
}

/// Signals to this program that the task ran.
#[derive(Clone)]
struct Done(Arc<mpsc::Sender<()>>);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let local = LocalSupabase::builder()
        .migrations(concat!(env!("CARGO_MANIFEST_DIR"), "/supabase/migrations"))
        .start()
        .await?;
    let (done, mut is_done) = mpsc::channel(1);
    let supabase = local.supabase().with_state(Done(Arc::new(done)));

    if std::env::args().nth(1).as_deref() == Some("wait") {
        // Any number of workers may have the task: each tick runs once.
        let queue = Queue::in_process();
        let worker = Worker::new(&queue, &supabase).start()?;
        println!("waiting for the next minute");
        is_done.recv().await;
        worker.shutdown().await?;
    } else {
        // A scheduled task is an ordinary task: you can run it by hand, for example in a test.
        let now = std::time::SystemTime::now();
        sweep_todos::run(&supabase, Tick::at(now)).await?;
    }
    local.shutdown().await?;
    Ok(())
}
