//! The tasks that these tests run.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use supabase_task::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Todo {
    pub(crate) user_id: UserId,
    pub(crate) title: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct As {
    pub(crate) user_id: UserId,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AddTodo {
    pub(crate) user_id: UserId,
    pub(crate) owner_id: UserId,
    pub(crate) title: String,
}

/// As `user_id`, adds a todo for `owner_id`.
#[supabase_task(auth = "user")]
pub(crate) async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<Todo> {
    let todo = supabase
        .from("todos")
        .insert(json!({ "user_id": payload.owner_id, "title": payload.title }))
        .select("user_id,title")
        .single::<Todo>()
        .await?;
    Ok(todo)
}

#[supabase_task(auth = "user")]
pub(crate) async fn list_todos(_payload: As, supabase: UserClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase
        .from("todos")
        .select("user_id,title")
        .rows::<Todo>()
        .await?)
}

#[supabase_task(auth = "service")]
pub(crate) async fn list_all(_payload: (), supabase: ServiceClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase
        .from("todos")
        .select("user_id,title")
        .rows::<Todo>()
        .await?)
}

#[supabase_task(auth = "anon")]
pub(crate) async fn list_as_anon(_payload: (), supabase: AnonClient) -> TaskResult<Vec<Todo>> {
    Ok(supabase
        .from("todos")
        .select("user_id,title")
        .rows::<Todo>()
        .await?)
}

/// Returns the claims that the server saw.
#[supabase_task(auth = "user")]
pub(crate) async fn claims(_payload: As, supabase: UserClient) -> TaskResult<Value> {
    Ok(supabase.rpc("claims", json!({})).execute().await?)
}

/// Reads the claims, waits until the token has expired, and reads them again.
#[supabase_task(auth = "user")]
pub(crate) async fn claims_twice(_payload: As, supabase: UserClient) -> TaskResult<[Value; 2]> {
    let first: Value = supabase.rpc("claims", json!({})).execute().await?;
    let end = first["exp"].as_u64().unwrap_or_default();
    while jsonwebtoken::get_current_timestamp() <= end {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let second = supabase.rpc("claims", json!({})).execute().await?;
    Ok([first, second])
}
