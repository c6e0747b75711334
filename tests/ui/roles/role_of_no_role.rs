//~ errors: 4

use supabase_task::prelude::*;

pub struct Reporter;

#[supabase_task(auth = "role", role = Reporter)]
pub async fn report(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<()> {
    supabase.from("reports").insert(json!({ "day": 1 })).await?;
    Ok(())
}

fn main() {}
