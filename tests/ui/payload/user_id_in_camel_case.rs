//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
#[allow(non_snake_case)]
pub struct AddTodo {
    pub userId: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todos(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
