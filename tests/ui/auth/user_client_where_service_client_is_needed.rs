//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

async fn audit(supabase: &ServiceClient, payload: &AddTodo) -> TaskResult<()> {
    supabase.from("audit").insert(payload).await?;
    Ok(())
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    audit(&supabase, &payload).await
}

fn main() {}
