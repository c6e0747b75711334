//~ errors: 1

use serde_json::{Value, json};
use supabase_task::prelude::*;

pub async fn first(supabase: ServiceClient) -> TaskResult<Vec<Value>> {
    let jobs = supabase
        .from("jobs")
        .update(&json!({ "state": "taken" }))
        .eq("state", "open")
        .select("id")
        .limit(1)
        .rows::<Value>()
        .await?;
    Ok(jobs)
}

fn main() {}
