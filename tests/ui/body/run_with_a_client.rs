//~ errors: 1
// `run` takes the project and creates the client itself.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

pub async fn add_first(supabase: UserClient, payload: AddTodo) -> TaskResult<()> {
    add_todo::run(&supabase, payload).await
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
