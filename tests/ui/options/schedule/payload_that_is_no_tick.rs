//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct Sweep {
    pub list: String,
}

#[supabase_task(auth = "service", schedule = "0 3 * * *")]
async fn sweep_todos(sweep: Sweep, supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("todos").delete().eq("list", sweep.list).await?;
    Ok(())
}

fn main() {}
