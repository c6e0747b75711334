//~ errors: 9

use supabase_task::prelude::*;

pub struct Reporter;

#[supabase_task(auth = "role", role = Reporter)]
pub async fn report(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<()> {
    drop(supabase);
    Ok(())
}

fn main() {}
