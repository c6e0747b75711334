//! The row types. Each names the columns it is read from, and has a constant for each of them.

use serde::{Deserialize, Serialize};
use supabase_task::client::{FilterValue, InsertRow, UpdateRow};
use supabase_task::prelude::*;

/// An order with its customer and its items: three tables, one request.
#[derive(Debug, Deserialize, Serialize, Row)]
#[row(table = "orders")]
pub struct Order {
    pub id: i64,
    pub state: State,
    pub note: Option<String>,
    pub tags: Vec<String>,
    #[row(embed = "customers")]
    pub customer: Customer,
    #[row(embed)]
    pub items: Vec<Item>,
}

#[derive(Debug, Deserialize, Serialize, Row)]
pub struct Customer {
    pub id: i64,
    pub name: String,
}

#[derive(Debug, Deserialize, Serialize, Row)]
pub struct Item {
    pub sku: String,
    #[row(column = "amount")]
    #[serde(rename = "pieces")]
    pub amount: i32,
}

/// The values of a column, as an enum.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Open,
    Paid,
    Shipped,
}

impl FilterValue for State {
    fn write_to(&self, text: &mut String) {
        text.push_str(match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
        });
    }
}

/// The columns of a new order; the database fills in the rest.
#[derive(Serialize)]
pub struct NewOrder {
    pub customer_id: i64,
    pub tags: Vec<String>,
}

impl InsertRow for NewOrder {
    type Row = Order;
}

#[derive(Serialize)]
pub struct NewItem {
    pub order_id: i64,
    pub sku: String,
    pub amount: i32,
}

impl InsertRow for NewItem {
    type Row = Item;
}

/// The columns that change when an order is paid.
#[derive(Serialize)]
pub struct Payment {
    pub state: State,
    pub note: Option<String>,
}

impl UpdateRow for Payment {
    type Row = Order;
}
