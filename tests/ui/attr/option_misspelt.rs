//~ errors: 1
// There is no second error about a missing `auth`.

use supabase_task::prelude::*;

#[supabase_task(atuh = "service")]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
