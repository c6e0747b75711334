//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "supabase_admin")]
pub struct Reporter;

fn main() {}
