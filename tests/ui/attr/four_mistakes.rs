//~ errors: 4

use supabase_task::prelude::*;

#[supabase_task(auth = "servce", id = "sweep todos", colour = 3, crate = supabase_task)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
