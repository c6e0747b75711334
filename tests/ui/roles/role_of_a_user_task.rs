//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Deserialize, Row)]
pub struct Order {
    pub id: i64,
    pub status: String,
}

#[derive(Deserialize, Row)]
pub struct Report {
    pub id: i64,
}

#[derive(DatabaseRole)]
#[role(name = "reporter", select(Order), insert(Report))]
pub struct Reporter;

#[supabase_task(auth = "user", role = Reporter, user = _payload)]
pub async fn report(_payload: (), supabase: UserClient) -> TaskResult<()> {
    supabase.from("reports").insert(json!({ "day": 1 })).await?;
    Ok(())
}

fn main() {}
