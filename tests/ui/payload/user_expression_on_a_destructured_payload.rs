//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub owner_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user", user = owner_id)]
pub async fn add_todo(
    AddTodo { owner_id, title }: AddTodo,
    supabase: UserClient,
) -> TaskResult<()> {
    supabase
        .from("todos")
        .insert(&json!({ "user_id": owner_id, "title": title }))
        .await?;
    Ok(())
}

fn main() {}
