//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
}

#[supabase_task(auth = "user")]
pub async fn add_todo(
    _payload: AddTodo,
    _supabase: UserClient,
    State(_all): State<Supabase>,
) -> TaskResult<()> {
    Ok(())
}

fn main() {}
