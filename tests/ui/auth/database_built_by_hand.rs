//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[derive(Serialize, Deserialize)]
pub struct Transfer {
    pub user_id: UserId,
    pub amount: i64,
}

pub fn built() -> UserDatabase {
    UserDatabase::default()
}

fn main() {}
