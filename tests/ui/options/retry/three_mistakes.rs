//~ errors: 3

use supabase_task::prelude::*;

#[supabase_task(auth = "service", retry(max_attempts = 0, factor = 0.1, minimum = "1s"))]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
