//! The plain form: the function can be called, and the task can be run.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

/// Adds a todo as the user who asked for it.
#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<String> {
    supabase.from("todos").insert(&payload).await?;
    Ok(payload.title)
}

/// As in a unit test: with a client of its own.
pub async fn call_directly(payload: AddTodo, supabase: UserClient) -> TaskResult<String> {
    add_todo(payload, supabase).await
}

/// As in an application: with an injected client.
pub async fn run(supabase: &Supabase, payload: AddTodo) -> TaskResult<String> {
    add_todo::run(supabase, payload).await
}

fn main() {
    assert_eq!(add_todo::ID, "add_todo");
    let tasks: Vec<_> = supabase_task::task::linked_tasks().collect();
    assert_eq!(tasks.len(), 1);
    assert_eq!(tasks[0].id(), "add_todo");
    assert_eq!(tasks[0].auth().as_str(), "user");
    let location = tasks[0].location();
    assert!(location.ends_with("user_task.rs:14"), "{location}");

    let user_id: UserId = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f".parse().unwrap();
    let payload = AddTodo {
        user_id,
        title: String::from("water the plants"),
    };
    assert_eq!(add_todo::identity(&payload), user_id);
}
