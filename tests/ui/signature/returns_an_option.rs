//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub async fn count_todos(_payload: (), supabase: ServiceClient) -> Option<u64> {
    drop(supabase);
    Some(3)
}

fn main() {}
