//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "public")]
pub struct Reporter;

fn main() {}
