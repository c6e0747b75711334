//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo) -> TaskResult<()> {
    println!("{}", payload.title);
    Ok(())
}

fn main() {}
