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

pub async fn call<R: DatabaseRole>(supabase: RoleClient<R>) -> TaskResult<()> {
    supabase.table::<Order>().rows().await?;
    Ok(())
}

fn main() {}
