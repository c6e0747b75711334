//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "reporter", update(Order))]
pub struct Reporter;

fn main() {}
