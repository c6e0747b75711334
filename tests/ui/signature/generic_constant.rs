//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn sweep_todos<const DAYS: u32>(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().gt("age", DAYS).await?;
    Ok(())
}

fn main() {}
