//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "user", schedule = "0 3 * * *")]
async fn sweep_todos(tick: Tick, supabase: UserClient) -> TaskResult<()> {
    supabase.from("todos").delete().lt("due", tick.timestamp.to_rfc3339()).await?;
    Ok(())
}

fn main() {}
