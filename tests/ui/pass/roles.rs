//! Roles: their names, what they may do, and the tasks that run as them.

#![allow(dead_code)]

use serde::{Deserialize, Serialize};
use supabase_task::auth::{AuthKind, Grant, Principal, Privilege, Role, linked_roles};
use supabase_task::client::{InsertRow, TypedTable, UpdateRow};
use supabase_task::prelude::*;
use supabase_task::task::linked_tasks;
use supabase_task::{AuthMode, Client};

#[derive(Deserialize, Row)]
pub struct Order {
    pub id: i64,
    pub status: String,
    #[row(column = "shipped at")]
    pub shipped: Option<String>,
    #[row(embed = "customers")]
    pub customer: Customer,
}

#[derive(Deserialize, Row)]
#[row(schema = "crm")]
pub struct Customer {
    pub name: String,
}

/// Fewer columns of the same table.
#[derive(Deserialize, Row)]
#[row(table = "orders")]
pub struct OrderStatus {
    pub id: i64,
    pub status: String,
}

#[derive(Serialize)]
pub struct Shipped {
    status: String,
}

impl UpdateRow for Shipped {
    type Row = Order;
}

impl InsertRow for Shipped {
    type Row = OrderStatus;
}

/// Reads orders with their customers, and ships them.
#[derive(DatabaseRole)]
#[role(
    name = "order shipper",
    select(Order, Customer),
    update(Order: status, shipped),
    insert(OrderStatus: status),
    delete(OrderStatus)
)]
pub struct Shipper;

/// Reads two columns. Its name is `status_reader`.
#[derive(DatabaseRole)]
#[role(select(OrderStatus: id, status))]
pub struct StatusReader;

#[derive(DatabaseRole)]
pub struct Nothing;

#[derive(Serialize, Deserialize)]
pub struct Ship {
    order: i64,
    asked_by: UserId,
}

#[supabase_task(auth = "role", role = Shipper, user = payload.asked_by)]
pub async fn ship(payload: Ship, supabase: RoleClient<Shipper>) -> TaskResult<i64> {
    let shipped = Shipped { status: "shipped".into() };
    let orders = supabase.table::<Order>();
    orders.clone().update(&shipped).filter(Order::id.eq(payload.order)).returning().single().await?;
    supabase.table::<OrderStatus>().insert(&shipped).await?;
    supabase.table::<OrderStatus>().delete().filter(OrderStatus::id.eq(1)).await?;
    Ok(orders.filter(Order::status.eq("new")).rows().await?.len() as i64)
}

#[supabase_task(auth = "role", role = StatusReader, schedule = "0 6 * * *")]
pub async fn read(_tick: Tick, supabase: RoleClient<StatusReader>, _ctx: TaskContext) -> TaskResult<u64> {
    // What no type declares, the database decides.
    supabase.from("orders").select("total").head().await?;
    Ok(supabase.table::<OrderStatus>().count().await?)
}

/// The client of a role, in a helper for any client.
fn any<M: AuthMode>(client: &Client<M>) -> TypedTable<Order, M::Tables> {
    client.table::<Order>()
}

fn service(supabase: ServiceClient) {
    let orders: TypedTable<Order> = any(&supabase);
    drop(orders.delete());
    let reader = supabase.act_as_role::<StatusReader>().unwrap();
    drop(reader.table::<OrderStatus>().rows());
}

fn main() {
    assert_eq!(Shipper::NAME, "order shipper");
    assert_eq!((StatusReader::NAME, Nothing::NAME), ("status_reader", "nothing"));
    assert_eq!(Nothing::GRANTS, []);
    let update = Grant {
        privilege: Privilege::Update,
        schema: "public",
        table: "orders",
        columns: &["status", r#""shipped at""#],
    };
    assert_eq!(Shipper::GRANTS[2], update);
    assert_eq!((Shipper::GRANTS[1].schema, Shipper::GRANTS[1].table), ("crm", "customers"));

    let mut roles: Vec<_> = linked_roles().map(|role| role.name()).collect();
    roles.sort();
    assert_eq!(roles, ["nothing", "order shipper", "status_reader"]);

    assert_eq!(Role::<Shipper>::KIND, AuthKind::Role);
    let nobody = Role::<Shipper>::principal(None);
    assert_eq!(nobody.to_string(), "the role order shipper");
    assert!(matches!(nobody, Principal::Role { user: None, .. }));
    let user = UserId::from(uuid::Uuid::from_u128(7));
    let payload = Ship { order: 1, asked_by: user };
    assert_eq!(ship::identity(&payload), Some(user));
    let task = linked_tasks().find(|task| task.id() == "ship").unwrap();
    assert_eq!(task.role().unwrap().as_str(), "order shipper");
}
