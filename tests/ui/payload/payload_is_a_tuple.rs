//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "user")]
pub async fn add_todos(payload: (UserId, String), supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
