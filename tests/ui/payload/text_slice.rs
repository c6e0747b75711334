//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn delete_list(name: &str, supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("lists").delete().eq("name", name).await?;
    Ok(())
}

fn main() {}
