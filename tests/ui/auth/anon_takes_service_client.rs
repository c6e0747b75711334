//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct Visit {
    pub page: String,
}

#[supabase_task(auth = "anon")]
pub async fn count_visit(payload: Visit, supabase: ServiceClient) -> TaskResult<()> {
    supabase.from("visits").insert(&payload).await?;
    Ok(())
}

fn main() {}
