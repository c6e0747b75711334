//~ errors: 1

use serde::Deserialize;
use supabase_task::prelude::*;

#[derive(Deserialize, Row)]
pub struct Order {
    pub id: i64,
    pub status: String,
}

#[derive(Deserialize, Row)]
pub struct Report {
    pub id: i64,
}

#[derive(DatabaseRole)]
#[role(name = "reporter", select(Order), insert(Report))]
pub struct Reporter;

pub fn call(supabase: RoleClient<Reporter>, user: UserId) {
    let _ = supabase.act_as(user);
}

fn main() {}
