//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role = "reporter"]
pub struct Reporter;

fn main() {}
