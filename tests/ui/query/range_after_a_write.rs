//~ errors: 1

use serde_json::Value;
use supabase_task::prelude::*;

pub async fn oldest(supabase: ServiceClient) -> TaskResult<Vec<Value>> {
    let deleted = supabase
        .from("logs")
        .delete()
        .lt("day", "2026-01-01")
        .select("id")
        .order("id", supabase_task::client::Order::asc())
        .range(0, 99)
        .rows::<Value>()
        .await?;
    Ok(deleted)
}

fn main() {}
