//! Rows as structs: the compiler checks tables, columns, operators and values.
//!
//! ```text
//! cargo run --example typed_rows
//! ```
//!
//! The example starts a Supabase project inside this process. Change a column's name or the type of a
//! value in this file to see what the compiler says.

mod rows;

use serde::{Deserialize, Serialize};
use supabase_task::prelude::*;
use supabase_task::{LocalSupabase, UserId};

use rows::{Customer, Item, NewItem, NewOrder, Order, Payment, State};

const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";
const BOB: &str = "b0b00000-0000-4000-8000-000000000002";

#[derive(Serialize, Deserialize)]
struct PlaceOrder {
    user_id: UserId,
    tags: Vec<String>,
    items: Vec<(String, i32)>,
}

/// Places an order for the user, with all its items.
#[supabase_task(auth = "user")]
async fn place_order(payload: PlaceOrder, supabase: UserClient) -> TaskResult<Order> {
    let customer = supabase.table::<Customer>().single().await?;
    let order = NewOrder {
        customer_id: customer.id,
        tags: payload.tags,
    };
    let order = supabase.table::<Order>().insert(&order).returning();
    let id = order.single().await?.id;

    let items: Vec<NewItem> = payload
        .items
        .into_iter()
        .map(|(sku, amount)| NewItem {
            order_id: id,
            sku,
            amount,
        })
        .collect();
    supabase.table::<Item>().insert(&items).await?;

    let order = supabase.table::<Order>().filter(Order::id.eq(id));
    Ok(order.single().await?)
}

#[derive(Serialize, Deserialize)]
struct Orders {
    user_id: UserId,
    tag: String,
}

/// Lists the user's orders that have a tag and are not shipped, newest first, each with its two largest
/// items.
#[supabase_task(auth = "user")]
async fn open_orders(payload: Orders, supabase: UserClient) -> TaskResult<Vec<Order>> {
    let orders = supabase
        .table::<Order>()
        .filter(Order::tags.contains([payload.tag]))
        .filter(!Order::state.eq(State::Shipped))
        .embedded(Order::items, |items| {
            items.order(Item::amount.desc()).limit(2)
        })
        .order(Order::id.desc())
        .rows()
        .await?;
    Ok(orders)
}

#[derive(Serialize, Deserialize)]
struct Pay {
    user_id: UserId,
    order: i64,
}

/// Marks an order as paid. Row Level Security hides other users' orders, so those stay unchanged.
#[supabase_task(auth = "user")]
async fn pay(payload: Pay, supabase: UserClient) -> TaskResult<bool> {
    let payment = Payment {
        state: State::Paid,
        note: Some("by card".to_owned()),
    };
    let paid = supabase
        .table::<Order>()
        .update(&payment)
        .filter(Order::id.eq(payload.order) & Order::note.is_null())
        .affected_rows()
        .await?;
    Ok(paid == 1)
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let local = LocalSupabase::builder()
        .sql(include_str!("schema.sql"))
        .start()
        .await?;
    let supabase = local.supabase();
    let (alice, bob): (UserId, UserId) = (ALICE.parse()?, BOB.parse()?);

    println!("The select list of an order is\n\n    {}\n", Order::SELECT);

    let mut last = 0;
    for (tag, items) in [
        ("gift", vec![("book", 1), ("ribbon", 5), ("card", 2)]),
        ("office", vec![("paper", 500)]),
        ("gift", vec![("tea", 3)]),
    ] {
        let order = PlaceOrder {
            user_id: alice,
            tags: vec![tag.to_owned()],
            items: items
                .into_iter()
                .map(|(sku, amount)| (sku.to_owned(), amount))
                .collect(),
        };
        let order = place_order::run(&supabase, order).await?;
        println!("place_order  alice  {}", describe(&order));
        last = order.id;
    }

    let tag = || "gift".to_owned();
    for (name, user_id) in [("alice", alice), ("bob", bob)] {
        let orders = open_orders::run(
            &supabase,
            Orders {
                user_id,
                tag: tag(),
            },
        )
        .await?;
        println!("open_orders  {name:5}  {} with the tag gift", orders.len());
        for order in &orders {
            println!("                    {}", describe(order));
        }
    }

    for (name, user_id) in [("bob", bob), ("alice", alice), ("alice", alice)] {
        let order = Pay {
            user_id,
            order: last,
        };
        let paid = pay::run(&supabase, order).await?;
        let outcome = if paid { "is paid" } else { "is unchanged" };
        println!("pay          {name:5}  order {last} {outcome}");
    }

    local.shutdown().await?;
    println!("\nThe rows are in examples/typed_rows/rows.rs.");
    Ok(())
}

fn describe(order: &Order) -> String {
    let items: Vec<_> = order
        .items
        .iter()
        .map(|item| format!("{} {}", item.amount, item.sku))
        .collect();
    format!(
        "order {} of {} ({:?}): {}",
        order.id,
        order.customer.name,
        order.state,
        items.join(", ")
    )
}
