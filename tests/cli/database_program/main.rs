//! A task program whose task takes a database.

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
struct Of {
    user_id: UserId,
}

/// Counts the user's notes.
#[supabase_task(auth = "user")]
async fn count_notes(_payload: Of, database: UserDatabase) -> TaskResult<i64> {
    let mut tx = database.read().await?;
    let count = sqlx::query_scalar("select count(*) from notes");
    Ok(count.fetch_one(&mut *tx).await?)
}

fn main() -> ExitCode {
    supabase_task::cli::main()
}
