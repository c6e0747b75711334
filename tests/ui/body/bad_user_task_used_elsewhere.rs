//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: &AddTodo, supabase: UserClient) -> TaskResult<String> {
    supabase.from("todos").insert(payload).await?;
    Ok(payload.title.clone())
}

pub async fn add_first(supabase: &Supabase, user_id: UserId) -> TaskResult<usize> {
    let payload = AddTodo {
        user_id,
        title: String::from("water the plants"),
    };
    Ok(add_todo::run(supabase, payload).await?.len())
}

fn main() {}
