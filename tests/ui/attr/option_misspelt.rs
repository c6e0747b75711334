//~ errors: 1
// Not that `auth` is missing as well.

use supabase_task::prelude::*;

#[supabase_task(atuh = "service")]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
