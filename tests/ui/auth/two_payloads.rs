//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[derive(Serialize, Deserialize)]
pub struct TodoList {
    pub name: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, list: TodoList, supabase: UserClient) -> TaskResult<()> {
    println!("{}", list.name);
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
