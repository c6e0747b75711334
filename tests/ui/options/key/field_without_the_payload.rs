//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub owner_id: UserId,
    pub team_id: u64,
}

#[supabase_task(
    auth = "user",
    user = payload.owner_id,
    queue(concurrency_limit = 1),
    concurrency_key = team_id
)]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
