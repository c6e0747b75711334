//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service", on_failure = clean_up)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

#[supabase_task(auth = "service")]
async fn clean_up(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
