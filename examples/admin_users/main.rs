//! Service tasks that create, list (page by page), change, ban and delete the users of a project. For the
//! part that Row Level Security should guard, a task acts as one of the users.
//!
//! ```text
//! cargo run --example admin_users
//! ```
//!
//! The example runs on a Supabase project inside this process, whose Auth is a stand-in over a real
//! `auth.users`. On a hosted project, the same calls go to Supabase Auth.

use std::time::Duration;

use anyhow::ensure;
use serde::{Deserialize, Serialize};
use supabase_task::LocalSupabase;
use supabase_task::client::{NewUser, UserChanges};
use supabase_task::prelude::*;

/// A table whose rows are deleted together with their user.
const NOTES: &str = "
create table notes (
  id bigint generated always as identity primary key,
  user_id uuid not null default auth.uid() references auth.users on delete cascade,
  text text not null
);
alter table notes enable row level security;
create policy \"own\" on notes to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
";

#[derive(Debug, Serialize, Deserialize)]
struct Signup {
    email: String,
    name: String,
}

/// Creates a user, and a first note as that user. A second run finds the existing user.
#[supabase_task(auth = "service")]
async fn sign_up(payload: Signup, supabase: ServiceClient) -> TaskResult<Option<UserId>> {
    let user = NewUser::new()
        .email(payload.email)
        .email_confirm(true)
        .user_metadata(&json!({ "name": payload.name }))
        .app_metadata(&json!({ "plan": "free" }));
    let user = match supabase.auth_admin().create_user(user).await {
        Ok(user) => user,
        Err(error) if error.is_conflict() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // From here on, only the user's rights apply: a wrong `user_id` would be refused.
    let as_user = supabase.act_as(user.id)?;
    let note = json!({ "text": format!("Welcome, {}!", payload.name) });
    as_user.from("notes").insert(&note).await?;
    Ok(Some(user.id))
}

/// Counts the users of each plan, with one page in memory at a time.
#[supabase_task(auth = "service")]
async fn count_plans(_payload: (), supabase: ServiceClient) -> TaskResult<(usize, usize)> {
    let (mut free, mut pro) = (0, 0);
    let mut pages = supabase.auth_admin().list_users().per_page(5).pages();
    while let Some(page) = pages.next_page().await? {
        for user in page.users {
            match user.app_metadata.get("plan").and_then(|plan| plan.as_str()) {
                Some("pro") => pro += 1,
                _ => free += 1,
            }
        }
    }
    Ok((free, pro))
}

#[derive(Debug, Serialize, Deserialize)]
struct Of {
    user_id: UserId,
}

/// Changes what only the service role may change; users can write their own `user_metadata`.
#[supabase_task(auth = "service")]
async fn upgrade(payload: Of, supabase: ServiceClient) -> TaskResult<()> {
    let pro = UserChanges::new().app_metadata(&json!({ "plan": "pro" }));
    let admin = supabase.auth_admin();
    admin.update_user_by_id(payload.user_id, pro).await?;
    Ok(())
}

/// Bans a user for a day, and returns when the ban ends.
#[supabase_task(auth = "service")]
async fn ban(payload: Of, supabase: ServiceClient) -> TaskResult<Option<String>> {
    let a_day = Duration::from_secs(24 * 60 * 60);
    let banned = UserChanges::new().ban_duration(a_day);
    let admin = supabase.auth_admin();
    let user = admin.update_user_by_id(payload.user_id, banned).await?;
    Ok(user.banned_until)
}

/// Deletes a user and all their data. A user who no longer exists counts as deleted.
#[supabase_task(auth = "service")]
async fn delete_account(payload: Of, supabase: ServiceClient) -> TaskResult<()> {
    match supabase.auth_admin().delete_user(payload.user_id).await {
        Err(error) if !error.is_not_found() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Shows what a user task can know about its user: who they are, and their own notes.
#[supabase_task(auth = "user")]
async fn greet(_payload: Of, supabase: UserClient) -> TaskResult<String> {
    let user = supabase.get_user().await?;
    let notes = supabase.from("notes").select("id").head().await?;
    let name = user
        .user_metadata
        .get("name")
        .and_then(|name| name.as_str());
    Ok(format!("{}, {notes} note", name.unwrap_or("nobody")))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    println!("Starting a Supabase project inside this process.\n");
    let local = LocalSupabase::builder().sql(NOTES).start().await?;
    let supabase = local.supabase();

    let mut users = Vec::new();
    for n in 1..=12 {
        let payload = Signup {
            email: format!("user{n}@example.com"),
            name: format!("User {n}"),
        };
        users.extend(sign_up::run(&supabase, payload).await?);
    }
    println!("sign_up         created {} users", users.len());
    let again = Signup {
        email: "user1@example.com".to_owned(),
        name: "Somebody".to_owned(),
    };
    let again = sign_up::run(&supabase, again).await?;
    println!("sign_up         again: {again:?}");

    let [first, second, ..] = users[..] else {
        anyhow::bail!("fewer than two users were created")
    };
    upgrade::run(&supabase, Of { user_id: first }).await?;
    let (free, pro) = count_plans::run(&supabase, ()).await?;
    println!("count_plans     {free} free, {pro} pro");
    let greeted = greet::run(&supabase, Of { user_id: first }).await?;
    println!("greet           {greeted}");
    let until = ban::run(&supabase, Of { user_id: second }).await?;
    println!("ban             until {}", until.as_deref().unwrap_or("?"));

    for user_id in users.iter().copied() {
        delete_account::run(&supabase, Of { user_id }).await?;
    }
    let (left, _) = count_plans::run(&supabase, ()).await?;
    println!("delete_account  {left} users left");

    ensure!(again.is_none(), "an address was taken twice");
    ensure!((free, pro) == (11, 1), "the plans are not what was set");
    ensure!(greeted == "User 1, 1 note", "the user saw something else");
    ensure!(
        until.is_some() && left == 0,
        "no user was banned, or some users are left"
    );
    local.shutdown().await?;
    Ok(())
}
