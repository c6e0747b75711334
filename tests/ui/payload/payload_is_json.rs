//~ errors: 1

use serde_json::Value;
use supabase_task::prelude::*;

#[supabase_task(auth = "user")]
pub async fn add_todo(payload: Value, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
