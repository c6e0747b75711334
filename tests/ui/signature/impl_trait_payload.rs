//~ errors: 1

use serde::Serialize;
use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn import(payload: impl Serialize, supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
