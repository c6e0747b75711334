//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service", schedule = "0 3 * * *")]
async fn sweep_todos(day: String, supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().lt("due", day).await?;
    Ok(())
}

fn main() {}
