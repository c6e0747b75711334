//~ errors: 1

use std::pin::Pin;

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub fn sweep_todos(
    _payload: (),
    supabase: ServiceClient,
) -> Pin<Box<dyn Future<Output = TaskResult<()>> + Send>> {
    Box::pin(async move { Ok(supabase.from("todos").delete().eq("done", true).await?) })
}

fn main() {}
