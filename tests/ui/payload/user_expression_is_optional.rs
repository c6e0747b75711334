//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub assignee: Option<UserId>,
    pub title: String,
}

#[supabase_task(auth = "user", user = payload.assignee)]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
