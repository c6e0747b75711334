//~ errors: 1

use supabase_task::prelude::*;
use supabase_task::task::HookContext;

#[supabase_task(auth = "service", on_start = announce)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

fn announce(hook: HookContext<'_, sweep_todos>) -> TaskResult<()> {
    println!("{}", hook.context().run_id());
    Ok(())
}

fn main() {}
