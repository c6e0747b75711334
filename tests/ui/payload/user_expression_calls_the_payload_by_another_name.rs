//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub owner_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user", user = payload.owner_id)]
pub async fn add_todos(job: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&job).await?;
    Ok(())
}

fn main() {}
