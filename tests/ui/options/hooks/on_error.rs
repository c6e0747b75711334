//~ errors: 1

use supabase_task::prelude::*;
use supabase_task::task::HookContext;

#[supabase_task(auth = "service", on_error = notify)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

async fn notify(hook: HookContext<'_, sweep_todos>, error: &TaskError) {
    println!("{}: {error}", hook.context().run_id());
}

fn main() {}
