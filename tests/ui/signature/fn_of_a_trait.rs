//~ errors: 1

use supabase_task::prelude::*;

pub trait Sweep {
    #[allow(async_fn_in_trait)]
    #[supabase_task(auth = "service")]
    async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()>;
}

fn main() {}
