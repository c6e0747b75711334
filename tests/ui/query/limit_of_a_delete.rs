//~ errors: 1

use supabase_task::prelude::*;

pub async fn first(supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("logs").delete().eq("done", true).limit(1).await?;
    Ok(())
}

fn main() {}
