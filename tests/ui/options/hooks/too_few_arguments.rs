//~ errors: 1

use supabase_task::prelude::*;
use supabase_task::task::HookContext;

#[supabase_task(auth = "service", on_failure = notify)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

async fn notify(hook: HookContext<'_, sweep_todos>) {
    println!("{}", hook.context().run_id());
}

fn main() {}
