//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(role = "service")]
pub async fn report(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("reports").insert(json!({ "day": 1 })).await?;
    Ok(())
}

fn main() {}
