//! A worker process for tests to kill: the tasks of `../tasks.rs` on the queue at `ENGINE_URL`.

#[path = "../tasks.rs"]
#[allow(dead_code)]
mod tasks;

use std::env;
use std::time::Duration;

use anyhow::Context;
use sqlx::postgres::PgPoolOptions;
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::{Supabase, Worker};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let url = env::var("ENGINE_URL").context("ENGINE_URL")?;
    let takeover = number("ENGINE_TAKEOVER_MS")?.unwrap_or(1_500);
    let queue = PostgresOptions::new(&url)
        .takeover(Duration::from_millis(takeover))
        .connect()
        .await?;
    // The tasks record what they do over a connection of their own if the queue's connections have
    // faults.
    let stage = env::var("ENGINE_STAGE_URL").unwrap_or(url);
    let pool = PgPoolOptions::new()
        .max_connections(4)
        .connect(&stage)
        .await?;
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_offline_offline_offline")
        .secret_key("sb_secret_offline_offline_offline")
        .jwt_secret("a-secret-of-at-least-thirty-two-characters")
        .build()?
        .with_state(pool);
    let mut worker = Worker::new(&queue, &supabase).schedules(false);
    if let Some(concurrency) = number("ENGINE_CONCURRENCY")? {
        worker = worker.concurrency(usize::try_from(concurrency)?);
    }
    if let Some(drain) = number("ENGINE_DRAIN_MS")? {
        let drain = Duration::from_millis(drain);
        worker = worker.drain(drain).grace(Duration::from_millis(200));
    }
    if let Ok(tasks) = env::var("ENGINE_TASKS") {
        worker = worker.tasks(tasks.split(','));
    }
    worker.run().await?;
    Ok(())
}

fn number(name: &str) -> anyhow::Result<Option<u64>> {
    match env::var(name) {
        Ok(text) => Ok(Some(text.parse().with_context(|| name.to_owned())?)),
        Err(_) => Ok(None),
    }
}
