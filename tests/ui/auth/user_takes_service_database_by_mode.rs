//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::auth::Service;
use supabase_task::sql::Database;

#[derive(Serialize, Deserialize)]
pub struct Transfer {
    pub user_id: UserId,
    pub amount: i64,
}

#[supabase_task(auth = "user")]
pub async fn transfer(_payload: Transfer, database: Database<Service>) -> TaskResult<()> {
    Ok(database.begin().await?.commit().await?)
}

fn main() {}
