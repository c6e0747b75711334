//~ errors: 1

use supabase_task::prelude::*;
use supabase_task::task::HookContext;

#[supabase_task(auth = "service", on_start = announce)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

#[supabase_task(auth = "service")]
async fn count_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

async fn announce(hook: HookContext<'_, count_todos>) {
    println!("{}", hook.context().run_id());
}

fn main() {}
