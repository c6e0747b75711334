//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;

#[supabase_task(auth = "user")]
#[derive(Serialize, Deserialize)]
pub struct AddTodo {
    pub user_id: UserId,
    pub title: String,
}

fn main() {}
