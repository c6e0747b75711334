//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service", on_start)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

fn main() {}
