//~ errors: 1

use supabase_task::prelude::*;

pub async fn open(supabase: UserClient) -> TaskResult<()> {
    let todos = supabase.from("todos").select("id").eq("done", false).await?;
    drop(todos);
    Ok(())
}

fn main() {}
