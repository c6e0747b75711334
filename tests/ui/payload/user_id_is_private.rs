//~ errors: 1

use supabase_task::prelude::*;

mod payloads {
    use serde::{Deserialize, Serialize};
    use supabase_task::UserId;

    #[derive(Serialize, Deserialize)]
    pub struct AddTodo {
        user_id: UserId,
        pub title: String,
    }
}

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: payloads::AddTodo, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
