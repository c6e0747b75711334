//~ errors: 1
// The body reaches rustc as typed; the task and its name still exist.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    let todos = supabase.from("todos").;
    drop((payload, todos));
    Ok(())
}

fn main() {}
