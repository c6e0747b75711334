//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Deserialize, Row)]
pub struct Order {
    pub id: i64,
    #[row(embed = "customers")]
    pub customer: Customer,
}

#[derive(Deserialize, Row)]
pub struct Customer {
    pub name: String,
}

#[derive(DatabaseRole)]
#[role(name = "reporter", select(Order))]
pub struct Reporter;

fn main() {}
