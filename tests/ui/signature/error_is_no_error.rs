//~ errors: 1

use supabase_task::prelude::*;

pub struct Failed;

#[supabase_task(auth = "service")]
pub async fn sweep_todos(_payload: (), supabase: ServiceClient) -> Result<(), Failed> {
    drop(supabase);
    Err(Failed)
}

fn main() {}
