//! Written values and function arguments are taken by reference and by value.

use serde_json::json;
use supabase_task::prelude::*;

pub async fn writes(supabase: &UserClient) -> TaskResult<()> {
    let rows = vec![json!({ "title": "a" }), json!({ "title": "b" })];
    supabase.from("todos").insert(json!({ "title": "a" })).await?;
    supabase.from("todos").insert(&json!({ "title": "a" })).await?;
    supabase.from("todos").insert(&rows).await?;
    supabase.from("todos").insert(&rows[..1]).await?;
    supabase.from("todos").upsert(rows).await?;
    supabase.from("todos").update(json!({ "done": true })).eq("id", 1).await?;
    supabase.rpc("tidy", json!({ "days": 7 })).await?;
    supabase.rpc("tidy", &()).await?;
    Ok(())
}

fn is_shared<T: Send + Sync>(_: &T) {}

fn main() {
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_test_test_test_test")
        .secret_key("sb_secret_test_test_test_test_test")
        .build()
        .unwrap();
    let client = supabase.service_client().unwrap();
    is_shared(&client.from("todos").insert(json!({})));
}
