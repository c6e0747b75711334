//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

pub struct Mailer;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(
    payload: AddTodo,
    supabase: UserClient,
    State(mailer): State<Mailer>,
) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    drop(mailer);
    Ok(())
}

fn main() {}
