//~ errors: 1

use supabase_task::prelude::*;
use supabase_task::task::HookContext;

#[supabase_task(auth = "service", on_success = report)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

async fn report(hook: HookContext<'_, sweep_todos>, output: &String) {
    println!("{}: {output}", hook.context().run_id());
}

fn main() {}
