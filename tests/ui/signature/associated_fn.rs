//~ errors: 1

use supabase_task::prelude::*;

pub struct Todos;

impl Todos {
    #[supabase_task(auth = "service")]
    pub async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
        supabase.from("todos").delete().eq("done", true).await?;
        Ok(())
    }
}

fn main() {}
