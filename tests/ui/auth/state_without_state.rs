//~ errors: 1
// The application's own value without `State` around it.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Clone)]
pub struct Mailer;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient, mailer: Mailer) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    drop(mailer);
    Ok(())
}

fn main() {}
