//~ errors: 2
// The mistake in the attribute does not hide one in the body.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "usr")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    let title: u32 = payload.title;
    supabase
        .from("todos")
        .insert(&json!({ "title": title }))
        .await?;
    Ok(())
}

fn main() {}
