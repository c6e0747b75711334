//~ errors: 1

use supabase_task::prelude::*;

/// An attribute that makes a fn block, as `tokio::main` does.
mod tokio {
    pub use std::prelude::rust_2024::test as main;
}

#[supabase_task(auth = "service")]
#[tokio::main]
pub async fn sweep_todos(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("done", true).await?;
    Ok(())
}

fn main() {}
