//! A visitor who is not signed in.

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;

#[derive(Serialize, Deserialize)]
struct Visit {
    page: String,
}

#[supabase_task(auth = "anon")]
async fn count_visit(payload: Visit, supabase: AnonClient) -> TaskResult<()> {
    supabase.from("visits").insert(&payload).await?;
    Ok(())
}

fn main() {
    assert_eq!(count_visit::ID, "count_visit");
    assert_eq!(
        linked_tasks().next().map(|task| task.auth().as_str()),
        Some("anon")
    );
}
