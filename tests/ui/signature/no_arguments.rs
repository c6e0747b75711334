//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn sweep_todos() -> TaskResult<()> {
    Ok(())
}

fn main() {}
