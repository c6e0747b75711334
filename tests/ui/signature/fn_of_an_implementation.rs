//~ errors: 1

use supabase_task::prelude::*;

pub trait Sweep {
    #[allow(async_fn_in_trait)]
    async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()>;
}

pub struct Todos;

impl Sweep for Todos {
    #[supabase_task(auth = "service")]
    async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
        supabase.from("todos").delete().eq("done", true).await?;
        Ok(())
    }
}

fn main() {}
