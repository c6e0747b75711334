//~ errors: 1

use supabase_task::prelude::*;

#[supabase_task(auth = "service")]
pub const SWEEP: &str = "0 3 * * *";

fn main() {}
