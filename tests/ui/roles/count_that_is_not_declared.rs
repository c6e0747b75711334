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

pub async fn call(supabase: RoleClient<Reporter>) -> TaskResult<()> {
    supabase.table::<Report>().count().await?;
    Ok(())
}

fn main() {}
