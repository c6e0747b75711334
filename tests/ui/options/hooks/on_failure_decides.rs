//~ errors: 1

use supabase_task::prelude::*;
use supabase_task::task::{CatchError, HookContext};

#[supabase_task(auth = "service", on_failure = judge)]
async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    Ok(supabase.from("todos").select("*").head().await?)
}

async fn judge(_hook: HookContext<'_, sweep_todos>, _error: &TaskError) -> CatchError {
    CatchError::SkipRetrying
}

fn main() {}
