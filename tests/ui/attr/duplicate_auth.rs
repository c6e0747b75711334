//~ errors: 1
// The last one must not win: it would bypass Row Level Security.

use supabase_task::prelude::*;

#[supabase_task(auth = "user", auth = "service")]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
