//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service", queue = { name: "sweeps", concurrency_limit: 5 })]
pub async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
