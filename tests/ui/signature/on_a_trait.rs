//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub trait Sweep {
    fn sweep(&self);
}

fn main() {}
