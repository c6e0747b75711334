//~ errors: 1

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    let title = Rc::new(payload.title.clone());
    supabase.from("todos").insert(&payload).await?;
    println!("{title}");
    Ok(())
}

fn main() {}
