//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct Transfer {
    pub user_id: UserId,
    pub amount: i64,
}

async fn clean_up(_database: ServiceDatabase) {}

#[supabase_task(auth = "user")]
pub async fn transfer(_payload: Transfer, database: UserDatabase) -> TaskResult<()> {
    clean_up(database).await;
    Ok(())
}

fn main() {}
