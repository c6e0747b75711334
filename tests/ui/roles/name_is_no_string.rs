//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = Reporter)]
pub struct Reporter;

fn main() {}
