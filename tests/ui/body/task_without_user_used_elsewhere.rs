//~ errors: 1
// A mistake that only the compiler can see is one error too.

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

pub async fn add_first(supabase: &Supabase, owner_id: UserId) -> TaskResult<()> {
    add_todo::run(
        supabase,
        AddTodo {
            owner_id,
            title: String::from("water the plants"),
        },
    )
    .await
}

fn main() {}
