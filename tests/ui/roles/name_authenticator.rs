//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "authenticator")]
pub struct Reporter;

fn main() {}
