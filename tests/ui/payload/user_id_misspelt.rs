//~ errors: 1
// rustc has no token of the field's own to replace: what it offers is the name, at the wrong place.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub userid: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
