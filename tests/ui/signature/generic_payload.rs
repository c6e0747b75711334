//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn import<T: Serialize + for<'de> Deserialize<'de>>(
    payload: Vec<T>,
    supabase: ServiceClient,
) -> TaskResult<()> {
    supabase.from("todos").insert(&payload).await?;
    Ok(())
}

fn main() {}
