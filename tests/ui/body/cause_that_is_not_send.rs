//~ errors: 1

use std::error::Error;

use supabase_task::prelude::*;

fn read() -> Result<u64, Box<dyn Error>> {
    Ok(1)
}

#[supabase_task(auth = "service")]
pub async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    let days = read().map_err(|error| TaskError::abort(error))?;
    supabase.from("todos").delete().gt("days", days).await?;
    Ok(())
}

fn main() {}
