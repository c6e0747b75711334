//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "postgres")]
pub struct Reporter;

fn main() {}
