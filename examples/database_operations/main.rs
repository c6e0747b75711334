//! A corrected version of the two tasks in Trigger.dev's guide "Supabase database operations".
//!
//! ```text
//! cargo run --example database_operations
//! ```
//!
//! Differences from <https://trigger.dev/docs/guides/examples/supabase-database-operations>:
//!
//! - The user's token has a `role`, so policies `to authenticated` apply. The user's id is a
//!   UUID, so `auth.uid()` works.
//! - A payload with an unknown plan does not parse, so it never reaches the task.
//! - One upsert replaces a select followed by an insert or update: two concurrent runs cannot collide,
//!   and a read error cannot be mistaken for "no row".
//! - The client is injected: tasks read no keys, so none can be forgotten.

use std::path::Path;

use serde::{Deserialize, Serialize};
use supabase_task::LocalSupabase;
use supabase_task::prelude::*;

/// A row of `user_subscriptions`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Subscription {
    user_id: UserId,
    plan: Plan,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Plan {
    Hobby,
    Pro,
    Enterprise,
}

#[derive(Debug, Serialize, Deserialize)]
struct NewUser {
    user_id: UserId,
}

/// Starts a new user's subscription, as that user.
#[supabase_task(auth = "user", id = "add-new-user")]
async fn add_new_user(payload: NewUser, supabase: UserClient) -> TaskResult<Subscription> {
    let subscription = supabase
        .from("user_subscriptions")
        .insert(json!({ "user_id": payload.user_id }))
        .select("user_id,plan")
        .single()
        .await?;
    Ok(subscription)
}

#[derive(Debug, Serialize, Deserialize)]
struct ChangePlan {
    user_id: UserId,
    new_plan: Plan,
}

/// Changes a user's plan. Users may not do that themselves, so it needs the service role.
#[supabase_task(auth = "service", id = "update-user-subscription")]
async fn update_user_subscription(
    payload: ChangePlan,
    supabase: ServiceClient,
) -> TaskResult<Subscription> {
    let subscription = supabase
        .from("user_subscriptions")
        .upsert(json!({
            "user_id": payload.user_id,
            "plan": payload.new_plan,
            "updated_at": "now",
        }))
        .on_conflict("user_id")
        .select("user_id,plan")
        .single()
        .await?;
    Ok(subscription)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let local = LocalSupabase::builder()
        .migrations(Path::new(env!("CARGO_MANIFEST_DIR")).join("supabase/migrations"))
        .start()
        .await?;
    let supabase = local.supabase();
    let user_id: UserId = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f".parse()?;

    let added = add_new_user::run(&supabase, NewUser { user_id }).await?;
    println!("{} as the user:            {added:?}", add_new_user::ID);
    assert_eq!(added.plan, Plan::Hobby);

    let payload = ChangePlan {
        user_id,
        new_plan: Plan::Pro,
    };
    let changed = update_user_subscription::run(&supabase, payload).await?;
    println!(
        "{} as the service role: {changed:?}",
        update_user_subscription::ID
    );
    assert_eq!(changed.plan, Plan::Pro);

    // A second run adds nothing, and its error says why.
    let again = add_new_user::run(&supabase, NewUser { user_id }).await;
    println!(
        "{} again:                  {}",
        add_new_user::ID,
        error_of(again)
    );

    // A JSON payload is checked before the task is called.
    let wrong = json!({ "user_id": user_id, "new_plan": "platinum" });
    let parsed = serde_json::from_value::<ChangePlan>(wrong);
    println!("a plan that does not exist:          {}", error_of(parsed));

    local.shutdown().await?;
    Ok(())
}

fn error_of<T, E: std::fmt::Display>(result: Result<T, E>) -> String {
    result
        .err()
        .map_or_else(|| "no error".to_owned(), |error| error.to_string())
}
