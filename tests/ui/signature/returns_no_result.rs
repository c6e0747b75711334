//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn count_todos(_payload: (), supabase: ServiceClient) -> u64 {
    drop(supabase);
    3
}

fn main() {}
