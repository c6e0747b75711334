//~ errors: 2

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "reporter")]
pub struct Reporter<T>;

fn main() {}
