//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "")]
pub struct Reporter;

fn main() {}
