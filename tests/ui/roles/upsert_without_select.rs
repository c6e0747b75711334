//~ errors: 1

use serde::{Deserialize, Serialize};
use supabase_task::client::{InsertRow, UpdateRow};
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

#[derive(Serialize)]
pub struct NewOrder {
    status: String,
}

impl InsertRow for NewOrder {
    type Row = Order;
}

impl UpdateRow for NewOrder {
    type Row = Order;
}

#[derive(DatabaseRole)]
#[role(name = "reporter", insert(Order), update(Order))]
pub struct Reporter;

pub async fn call(supabase: RoleClient<Reporter>) -> TaskResult<()> {
    supabase.table::<Order>().upsert(&NewOrder { status: String::new() }).await?;
    Ok(())
}

fn main() {}
