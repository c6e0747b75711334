//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "anon")]
pub struct Reporter;

fn main() {}
