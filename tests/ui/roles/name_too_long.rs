//~ errors: 1

use supabase_task::prelude::*;

#[derive(DatabaseRole)]
#[role(name = "reporter_of_the_daily_and_weekly_orders_of_every_branch_in_europe")]
pub struct Reporter;

fn main() {}
