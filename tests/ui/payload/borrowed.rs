//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo<'a> {
    pub user_id: UserId,
    pub title: &'a str,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: AddTodo<'_>, supabase: UserClient) -> TaskResult<()> {
    println!("{}", payload.title);
    drop(supabase);
    Ok(())
}

fn main() {}
