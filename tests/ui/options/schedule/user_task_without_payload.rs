//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "user", schedule = "0 3 * * *")]
async fn sweep_todos(_payload: (), supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
