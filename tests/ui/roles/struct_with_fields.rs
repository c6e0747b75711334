//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "reporter")]
pub struct Reporter {
    id: i64,
}

fn main() {}
