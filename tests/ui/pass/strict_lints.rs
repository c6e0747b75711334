//! The expansion is clean under the lints that strict crates turn on.

#![deny(
    warnings,
    missing_debug_implementations,
    missing_docs,
    unreachable_pub,
    unused_lifetimes,
    unused_qualifications,
    clippy::all,
    clippy::pedantic
)]
#![deny(
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    trivial_casts,
    unused_results
)]
#![forbid(unsafe_code)]

use serde::{Deserialize, Serialize};
// More imports than needed, so that a qualified name in the expansion would trigger a lint.
use supabase_task::prelude::*;
#[allow(clippy::wildcard_imports, unused_imports)]
use supabase_task::{auth::*, task::*};

/// Adds a todo.
#[derive(Debug, Serialize, Deserialize)]
pub struct AddTodo {
    user_id: UserId,
    list: Lists,
}

/// Which lists.
#[derive(Debug, Serialize, Deserialize)]
pub struct Lists {
    owner: UserId,
}

/// Adds a todo as its user.
///
/// # Errors
///
/// As the server says.
#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

/// Adds a todo as the owner of its list.
///
/// # Errors
///
/// As the server says.
#[supabase_task(auth = "user", user = payload.list.owner)]
pub async fn add_for_owner(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

/// Never called in this program: it is only registered.
#[supabase_task(auth = "service", id = "sweep")]
async fn sweep_todos(
    _payload: (),
    supabase: ServiceClient,
    ctx: TaskContext,
    State(limit): State<u32>,
) -> TaskResult<String> {
    supabase
        .from("todos")
        .delete()
        .gt("position", limit)
        .await?;
    Ok(ctx.run_id().to_string())
}

/// Every option.
///
/// # Errors
///
/// As the server says.
#[supabase_task(
    auth = "service",
    retry(max_attempts = 5, factor = 1.5, min = "1s", max = "1m", jitter = false),
    max_duration = "5m",
    queue(name = "sweeps", concurrency_limit = 1),
    concurrency_key = (tick.timezone),
    schedule = "0 3 * * *",
    timezone = "UTC",
    ttl = "10m",
    priority = 10,
    on_start = announce,
    on_failure = notify
)]
pub async fn sweep_daily(tick: Tick, supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().lt("due", tick.timestamp.to_rfc3339()).await?;
    Ok(())
}

async fn announce<T: Task>(hook: HookContext<'_, T>) {
    std::future::ready(()).await;
    println!("{} begins", hook.context().run_id());
}

async fn notify(_hook: HookContext<'_, sweep_daily>, error: &TaskError) {
    std::future::ready(()).await;
    println!("{error}");
}

/// Still run for queued runs, but not for new ones.
#[supabase_task(auth = "service")]
#[deprecated]
async fn sweep_lists(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("lists").delete().eq("done", true).await?;
    Ok(())
}

/// A module of tasks.
pub mod visits {
    use supabase_task::prelude::*;

    /// Counts a visit.
    ///
    /// # Errors
    ///
    /// As the server says.
    #[supabase_task(auth = "anon")]
    pub async fn run(payload: u32, supabase: AnonClient) -> TaskResult<()> {
        supabase.from("visits").insert(&payload).await?;
        Ok(())
    }
}

fn main() {
    assert_eq!(visits::run::ID, "visits");
}
