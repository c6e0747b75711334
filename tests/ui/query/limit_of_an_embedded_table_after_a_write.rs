//~ errors: 1

use serde_json::{Value, json};
use supabase_task::prelude::*;

pub async fn close(supabase: ServiceClient) -> TaskResult<Vec<Value>> {
    let orders = supabase
        .from("orders")
        .update(&json!({ "state": "closed" }))
        .eq("state", "open")
        .select("id, items(sku)")
        .referenced_table("items", |items| items.limit(3))
        .rows::<Value>()
        .await?;
    Ok(orders)
}

fn main() {}
