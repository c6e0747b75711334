//~ errors: 1

use supabase_task::prelude::supabase_task;

#[supabase_task(auth = "service")]
mod todos {
    use supabase_task::prelude::*;

    pub async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
        supabase.from("todos").delete().eq("done", true).await?;
        Ok(())
    }
}

fn main() {}
