//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "service_role")]
pub struct Reporter;

fn main() {}
