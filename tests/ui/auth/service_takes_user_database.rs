//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct Transfer {
    pub user_id: UserId,
    pub amount: i64,
}

#[supabase_task(auth = "service")]
pub async fn transfer(_payload: Transfer, database: UserDatabase) -> TaskResult<()> {
    Ok(database.begin().await?.commit().await?)
}

fn main() {}
