//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "reporter", select())]
pub struct Reporter;

fn main() {}
