//~ errors: 1

use supabase_task::prelude::*;
use supabase_task::task::HookContext;

#[supabase_task(auth = "service", on_complete = report)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

async fn report(hook: HookContext<'_, sweep_todos>, result: &TaskResult<u64>) {
    println!("{}: {}", hook.context().run_id(), result.is_ok());
}

fn main() {}
