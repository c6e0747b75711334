//~ errors: 1

use serde::Serialize;
use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn count_todos(_payload: (), supabase: ServiceClient) -> TaskResult<impl Serialize> {
    Ok(supabase.from("todos").select("*").head().await?)
}

fn main() {}
