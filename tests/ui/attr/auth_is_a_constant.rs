//~ errors: 1

use supabase_task::prelude::*;

const MODE: &str = "service";

#[supabase_task(auth = MODE)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
