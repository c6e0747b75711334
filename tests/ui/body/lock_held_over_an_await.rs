//~ errors: 1

use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

static TITLES: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    let mut titles = TITLES.lock().unwrap();
    supabase.from("todos").insert(&payload).await?;
    titles.push(payload.title);
    Ok(())
}

fn main() {}
