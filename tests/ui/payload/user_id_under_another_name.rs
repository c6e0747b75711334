//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub owner_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
