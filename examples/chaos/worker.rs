//! A worker process, and its task.

use std::time::Duration;

use supabase_task::Worker;
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::prelude::*;

/// The variable that makes this program a worker.
pub const URL: &str = "CHAOS_WORKER_URL";

/// The word that a worker prints when an attempt has ended.
pub const ENDED: &str = "ended";

/// How long a worker may be silent before others take over its runs: longer than a session is stopped.
pub const TAKEOVER: Duration = Duration::from_secs(8);

/// Takes up to a tenth of a second.
#[supabase_task(
    auth = "service",
    retry(max_attempts = 100, min = "10ms", max = "50ms")
)]
pub async fn step(number: u64, _supabase: ServiceClient) -> TaskResult<u64> {
    tokio::time::sleep(Duration::from_millis(number * 7_919 % 100)).await;
    println!("{ENDED} {number}");
    Ok(number)
}

pub async fn work(url: &str) -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
        .with_ansi(false)
        .with_writer(std::io::stdout)
        .init();
    let queue = PostgresOptions::new(url)
        .takeover(TAKEOVER)
        .connect()
        .await?;
    // The task calls nothing.
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_of_no_project_at_all")
        .secret_key("sb_secret_of_no_project_at_all")
        .build()?;
    Worker::new(&queue, &supabase).run().await?;
    Ok(())
}
