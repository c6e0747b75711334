//! The tasks of these tests and of the worker process that they kill. The tasks record what they do
//! in the schema `stage` of the test's database.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use supabase_task::prelude::*;

/// Returns its number.
#[supabase_task(auth = "service", id = "note")]
pub(crate) async fn note(payload: u64, _supabase: ServiceClient) -> anyhow::Result<u64> {
    Ok(payload)
}

/// Returns text of the given number of bytes.
#[supabase_task(auth = "service", id = "repeat")]
pub(crate) async fn repeat(payload: usize, _supabase: ServiceClient) -> anyhow::Result<String> {
    Ok("x".repeat(payload))
}

/// Runs until the test opens the gate of this name.
#[supabase_task(auth = "service", id = "hold", retry(min = "10ms", max = "20ms"))]
pub(crate) async fn hold(
    gate: String,
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<String> {
    mark(&pool, &ctx, "begun").await?;
    opened(&pool, &gate).await;
    mark(&pool, &ctx, "ended").await?;
    Ok(gate)
}

/// Waits for a child.
#[supabase_task(auth = "service", id = "parent", retry(min = "10ms", max = "20ms"))]
pub(crate) async fn parent(
    gate: String,
    _supabase: ServiceClient,
    ctx: TaskContext,
) -> TaskResult<String> {
    Ok(ctx.trigger_and_wait::<hold>(gate).await?)
}

/// Kills its process.
#[supabase_task(
    auth = "service",
    id = "die",
    retry(max_attempts = 2, min = "10ms", max = "20ms")
)]
pub(crate) async fn die(
    _payload: (),
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<()> {
    mark(&pool, &ctx, "begun").await?;
    std::process::abort()
}

/// Like `parent`, in the queue of `limited`.
#[supabase_task(
    auth = "service",
    id = "limited-parent",
    queue(name = "limited", concurrency_limit = 2)
)]
pub(crate) async fn limited_parent(
    gate: String,
    _supabase: ServiceClient,
    ctx: TaskContext,
) -> TaskResult<String> {
    Ok(ctx.trigger_and_wait::<hold>(gate).await?)
}

/// Kills its process after the given number of milliseconds.
#[supabase_task(
    auth = "service",
    id = "killer",
    retry(max_attempts = 3, min = "10ms", max = "20ms")
)]
pub(crate) async fn killer(
    milliseconds: u64,
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<()> {
    mark(&pool, &ctx, "begun").await?;
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    std::process::abort()
}

/// Like `hold`, with at most three attempts.
#[supabase_task(
    auth = "service",
    id = "innocent",
    retry(max_attempts = 3, min = "10ms", max = "20ms")
)]
pub(crate) async fn innocent(
    gate: String,
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<()> {
    mark(&pool, &ctx, "begun").await?;
    opened(&pool, &gate).await;
    Ok(())
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) key: String,
    pub(crate) milliseconds: u64,
}

/// Two at once, whatever the key.
#[supabase_task(
    auth = "service",
    id = "limited",
    queue(name = "limited", concurrency_limit = 2)
)]
pub(crate) async fn limited(
    payload: Work,
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<()> {
    work(payload, &pool, &ctx).await
}

/// One at once for each key.
#[supabase_task(
    auth = "service",
    id = "keyed",
    queue(name = "keyed", concurrency_limit = 1),
    concurrency_key = payload.key
)]
pub(crate) async fn keyed(
    payload: Work,
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<()> {
    work(payload, &pool, &ctx).await
}

/// Occupies a slot of a queue that has one slot, until the test opens the gate.
#[supabase_task(
    auth = "service",
    id = "single",
    queue(name = "single", concurrency_limit = 1),
    retry(max_attempts = 2, min = "10ms", max = "20ms")
)]
pub(crate) async fn single(
    gate: String,
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<()> {
    mark(&pool, &ctx, "begun").await?;
    opened(&pool, &gate).await;
    Ok(mark(&pool, &ctx, "ended").await?)
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct As {
    pub(crate) user_id: UserId,
    pub(crate) text: String,
}

#[supabase_task(auth = "user", id = "as-user")]
pub(crate) async fn as_user(payload: As, supabase: UserClient) -> anyhow::Result<String> {
    // Creates a token that might be stored by mistake.
    supabase.access_token()?;
    Ok(payload.text)
}

#[supabase_task(auth = "service", id = "hourly", schedule = "0 * * * *")]
pub(crate) async fn hourly(tick: Tick, _supabase: ServiceClient) -> anyhow::Result<Tick> {
    Ok(tick)
}

/// Many runs of this task are in flight while workers are killed.
#[supabase_task(
    auth = "service",
    id = "step",
    retry(max_attempts = 250, min = "10ms", max = "20ms")
)]
pub(crate) async fn step(
    payload: u64,
    _supabase: ServiceClient,
    State(pool): State<PgPool>,
    ctx: TaskContext,
) -> anyhow::Result<u64> {
    mark(&pool, &ctx, "begun").await.ok();
    tokio::time::sleep(Duration::from_millis(payload % 20)).await;
    Ok(payload)
}

async fn work(payload: Work, pool: &PgPool, ctx: &TaskContext) -> anyhow::Result<()> {
    mark(pool, ctx, "begun").await?;
    tokio::time::sleep(Duration::from_millis(payload.milliseconds)).await;
    Ok(mark(pool, ctx, "ended").await?)
}

async fn mark(pool: &PgPool, ctx: &TaskContext, what: &str) -> sqlx::Result<()> {
    sqlx::query("insert into stage.marks (run, attempt, what, pid) values ($1, $2, $3, $4)")
        .bind(*ctx.run_id().as_uuid())
        .bind(i32::try_from(ctx.attempt()).unwrap_or(i32::MAX))
        .bind(what)
        .bind(i32::try_from(std::process::id()).unwrap_or(i32::MAX))
        .execute(pool)
        .await
        .map(drop)
}

/// Waits until the test opens the gate. Database outages are ignored, because they are not what
/// these tasks test.
async fn opened(pool: &PgPool, gate: &str) {
    let look = || {
        sqlx::query_scalar("select exists (select from stage.gates where name = $1)")
            .bind(gate)
            .fetch_one(pool)
    };
    while !look().await.unwrap_or(false) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
