//~ errors: 1

use supabase_task::prelude::*;

#[allow(non_camel_case_types)]
pub struct sweep_todos {}

#[supabase_task(auth = "service")]
pub async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
