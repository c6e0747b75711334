//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "reporter")]
pub enum Reporter {
    One,
}

fn main() {}
