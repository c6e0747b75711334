//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "pg_read_all_data")]
pub struct Reporter;

fn main() {}
