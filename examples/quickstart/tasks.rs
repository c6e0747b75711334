//! The tasks of the quickstart: what you would write in your own program.

use jsonwebtoken::{EncodingKey, Header};
use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

use crate::project::Project;

/// A row of `quickstart_todos`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Todo {
    pub id: i64,
    pub title: String,
}

/// The user who asks. Every user task takes its user from `user_id`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Of {
    pub user_id: UserId,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

/// Adds a todo as the user who asked for it.
#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<Todo> {
    let todo = supabase
        .from("quickstart_todos")
        .insert(json!({ "user_id": payload.user_id, "title": payload.title }))
        .select("id,title")
        .single::<Todo>()
        .await?;
    Ok(todo)
}

/// Lists todos. It needs no filter: Row Level Security returns only the user's own.
#[supabase_task(auth = "user")]
pub async fn list_todos(_payload: Of, supabase: UserClient) -> TaskResult<Vec<Todo>> {
    let todos = supabase
        .from("quickstart_todos")
        .select("id,title")
        .rows::<Todo>()
        .await?;
    Ok(todos)
}

#[derive(Debug, Serialize, Deserialize)]
pub struct AddTodoFor {
    pub user_id: UserId,
    pub owner_id: UserId,
    pub title: String,
}

/// Adds a todo to somebody else's list, which no policy allows.
#[supabase_task(auth = "user")]
pub async fn add_todo_for(payload: AddTodoFor, supabase: UserClient) -> TaskResult<()> {
    supabase
        .from("quickstart_todos")
        .insert(json!({ "user_id": payload.owner_id, "title": payload.title }))
        .await?;
    Ok(())
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Among {
    pub users: Vec<UserId>,
}

/// Counts the todos of some users. The service role bypasses Row Level Security.
#[supabase_task(auth = "service")]
pub async fn count_todos(payload: Among, supabase: ServiceClient) -> TaskResult<u64> {
    let count = supabase
        .from("quickstart_todos")
        .select("*")
        .in_("user_id", payload.users)
        .head()
        .await?;
    Ok(count)
}

/// Deletes the todos of some users, so that the quickstart can run again.
#[supabase_task(auth = "service")]
pub async fn delete_todos(payload: Among, supabase: ServiceClient) -> TaskResult<()> {
    supabase
        .from("quickstart_todos")
        .delete()
        .in_("user_id", payload.users)
        .await?;
    Ok(())
}

/// Does what many guides recommend: a token with `sub` and `exp` but no `role`.
///
/// PostgREST runs it as `anon`, so policies `to authenticated` do not apply: there is no error, and no rows.
#[supabase_task(auth = "anon")]
pub async fn list_todos_with_only_sub(
    payload: Of,
    _supabase: AnonClient,
    State(project): State<Option<Project>>,
) -> anyhow::Result<Option<Vec<Todo>>> {
    let Some(project) = project else {
        return Ok(None);
    };
    let claims =
        json!({ "sub": payload.user_id, "exp": jsonwebtoken::get_current_timestamp() + 3600 });
    let key = EncodingKey::from_secret(project.jwt_secret.as_bytes());
    let token = jsonwebtoken::encode(&Header::default(), &claims, &key)?;
    let response = project
        .http
        .get(format!(
            "{}/rest/v1/quickstart_todos?select=id,title",
            project.url
        ))
        .header("apikey", &project.publishable_key)
        .bearer_auth(token)
        .send()
        .await?
        .error_for_status()?;
    Ok(Some(serde_json::from_slice(&response.bytes().await?)?))
}
