//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
}

impl AddTodo {
    #[supabase_task(auth = "user")]
    pub async fn run(payload: Self, supabase: UserClient) -> TaskResult<()> {
        supabase.from("todos").insert(&payload).await?;
        Ok(())
    }
}

fn main() {}
