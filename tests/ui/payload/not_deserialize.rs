//~ errors: 1

use serde::Serialize;
use supabase_task::prelude::*;

#[derive(Serialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo, supabase: UserClient) -> TaskResult<()> {
    println!("{}", payload.title);
    drop(supabase);
    Ok(())
}

fn main() {}
