//~ errors: 1

use supabase_task::prelude::*;

fn read() -> Result<u64, String> {
    Ok(1)
}

#[supabase_task(auth = "service")]
pub async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    let days = read()?;
    supabase.from("todos").delete().gt("days", days).await?;
    Ok(())
}

fn main() {}
