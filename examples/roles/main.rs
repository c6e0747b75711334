//! A task that may read orders and write reports, and nothing else.
//!
//! ```text
//! cargo run --example roles
//! ```

use serde::{Deserialize, Serialize};
use supabase_task::LocalSupabase;
use supabase_task::client::InsertRow;
use supabase_task::prelude::*;

/// The tables, and the role as the command `roles sql` prints it.
const MIGRATION: &str = "
create table public.orders (id bigint primary key, total bigint not null, card text not null);
create table public.reports (
  id bigint generated always as identity primary key,
  total bigint not null
);
insert into public.orders values (1, 40, '4242…'), (2, 2, '4000…');

create role reporter nologin noinherit;
grant reporter to authenticator;
grant usage on schema public to reporter;
grant select (id, total) on public.orders to reporter;
grant select, insert on public.reports to reporter;
";

#[derive(Deserialize, Row)]
struct Order {
    #[allow(dead_code)]
    id: i64,
    total: i64,
}

#[derive(Debug, Deserialize, Row)]
struct Report {
    id: i64,
    total: i64,
}

#[derive(Serialize)]
struct NewReport {
    total: i64,
}

impl InsertRow for NewReport {
    type Row = Report;
}

/// Reads two columns of orders, reads and writes reports.
#[derive(DatabaseRole)]
#[role(name = "reporter", select(Order: id, total), select(Report), insert(Report))]
struct Reporter;

#[supabase_task(auth = "role", role = Reporter)]
async fn report(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<i64> {
    let orders = supabase.table::<Order>().rows().await?;
    let total = orders.iter().map(|order| order.total).sum();
    let report = supabase.table::<Report>().insert(&NewReport { total });
    let report = report.returning().single().await?;
    println!("report {} says {}", report.id, report.total);

    // `supabase.table::<Order>().delete()` does not compile: the role declares no `delete(Order)`. What no type
    // declares is sent, and refused by PostgreSQL.
    for (what, refused) in [
        (
            "delete orders",
            supabase.from("orders").delete().eq("id", 1).await.err(),
        ),
        (
            "read cards",
            supabase
                .from("orders")
                .select("card")
                .rows::<serde_json::Value>()
                .await
                .err(),
        ),
    ] {
        match refused {
            Some(error) => println!("it may not {what}: {error}"),
            None => return Err(TaskError::abort(format!("the role may {what}"))),
        }
    }
    Ok(total)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stack = LocalSupabase::builder().sql(MIGRATION).start().await?;
    let total = report::run(&stack.supabase(), ()).await?;
    assert_eq!(total, 42);
    stack.shutdown().await?;
    Ok(())
}
