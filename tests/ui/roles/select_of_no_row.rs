//~ errors: 1

use supabase_task::prelude::*;

pub struct Order;

#[derive(DatabaseRole)]
#[role(name = "reporter", select(Order))]
pub struct Reporter;

fn main() {}
