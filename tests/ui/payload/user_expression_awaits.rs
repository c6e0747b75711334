//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

async fn owner_of(payload: &AddTodo) -> UserId {
    payload.user_id
}

#[supabase_task(auth = "user", user = owner_of(&payload).await)]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
