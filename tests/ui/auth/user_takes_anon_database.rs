//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct Transfer {
    pub user_id: UserId,
    pub amount: i64,
}

#[supabase_task(auth = "user")]
pub async fn transfer(_payload: Transfer, database: AnonDatabase) -> TaskResult<()> {
    Ok(database.begin().await?.commit().await?)
}

fn main() {}
