//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn sweep_todos<'a>(_payload: (), supabase: ServiceClient) -> TaskResult<&'a str> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok("swept")
}

fn main() {}
