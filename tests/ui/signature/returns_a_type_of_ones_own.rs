//~ errors: 1

use serde::Serialize;
use supabase_task::prelude::*;

#[derive(Serialize)]
pub struct Count {
    pub todos: u64,
}

#[supabase_task(auth = "service")]
pub async fn count_todos(_payload: (), supabase: ServiceClient) -> Count {
    drop(supabase);
    Count { todos: 3 }
}

fn main() {}
