//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "reporter", name = "writer")]
pub struct Reporter;

fn main() {}
