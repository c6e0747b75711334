//~ errors: 1

mod müll {
    use supabase_task::prelude::*;

    #[supabase_task(auth = "service")]
    pub async fn run(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
        supabase.from("todos").delete().eq("done", true).await?;
        Ok(())
    }
}

fn main() {}
