//~ errors: 1

use supabase_task::prelude::*;

type Db = UserClient;

#[supabase_task(auth = "service")]
async fn sweep_todos(_payload: (), supabase: Db) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
