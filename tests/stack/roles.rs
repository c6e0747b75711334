//! What a role's client can do: exactly what the role is granted.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use supabase_task::LocalSupabase;
use supabase_task::client::{ClientError, InsertRow, UpdateRow};
use supabase_task::prelude::*;
use supabase_task_tests::user;

const MIGRATION: &str = "
create table public.orders (id bigint primary key, status text not null, note text);
create table public.reports (id bigserial primary key, title text not null);
create table public.notes (id bigint primary key, owner uuid not null);
insert into public.orders values (1, 'new', 'secret'), (2, 'new', 'secret');
insert into public.notes values (1, '5f0c8f0e-9a3c-4a52-8d8e-000000000001');
-- Its body is read when it is created, so the role needs no right to use the schema `auth`.
create function public.whoami() returns jsonb language sql stable
  return jsonb_build_object('role', current_user, 'uid', auth.uid(), 'claims', auth.jwt());

create role reporter nologin noinherit;
grant reporter to authenticator;
grant usage on schema public to reporter;
grant select (id, status), update (status) on public.orders to reporter;
-- The stack's API reads the key of each inserted row; PostgREST does not.
grant insert, select (id) on public.reports to reporter;
grant usage on sequence public.reports_id_seq to reporter;
grant select on public.notes to reporter;
alter table public.notes enable row level security;
create policy own on public.notes to reporter using ((select auth.uid()) = owner);

create table public.totals (day bigint primary key, total bigint not null);
grant select, insert, update on public.totals to reporter;

create role nobodys nologin noinherit;
";

#[derive(Debug, PartialEq, Deserialize, Row)]
struct Order {
    id: i64,
    status: String,
}

#[derive(Debug, Deserialize, Row)]
struct Report {
    #[allow(dead_code)]
    id: i64,
}

#[derive(Debug, Deserialize, Row)]
struct Note {
    id: i64,
}

#[derive(Serialize)]
struct NewReport {
    title: String,
}

impl InsertRow for NewReport {
    type Row = Report;
}

#[derive(Serialize)]
struct Status {
    status: String,
}

impl UpdateRow for Status {
    type Row = Order;
}

#[derive(Debug, PartialEq, Deserialize, Serialize, Row)]
struct Total {
    day: i64,
    total: i64,
}

impl InsertRow for Total {
    type Row = Self;
}

#[derive(DatabaseRole)]
#[role(
    select(Order: id, status), update(Order: status),
    insert(Report), select(Report: id),
    select(Note),
    select(Total), insert(Total), update(Total),
)]
struct Reporter;

/// It is in the database, but `authenticator` is no member of it.
#[derive(DatabaseRole)]
#[role(name = "nobodys", select(Order))]
struct Nobodys;

/// It is not in the database.
#[derive(DatabaseRole)]
#[role(name = "not_there", select(Order))]
struct NotThere;

async fn start() -> LocalSupabase {
    let stack = LocalSupabase::builder().sql(MIGRATION).start().await;
    stack.unwrap_or_else(|error| panic!("LocalSupabase did not start: {error}"))
}

#[supabase_task(auth = "role", role = Reporter)]
async fn ship_and_report(_payload: (), supabase: RoleClient<Reporter>) -> TaskResult<Value> {
    let shipped = Status {
        status: "shipped".to_owned(),
    };
    let orders = supabase.table::<Order>();
    orders
        .clone()
        .update(&shipped)
        .filter(Order::id.eq(1))
        .await?;
    let open = orders.filter(Order::status.eq("new")).rows().await?;
    let title = format!("{} open", open.len());
    supabase
        .table::<Report>()
        .insert(&NewReport { title })
        .await?;
    Ok(supabase.rpc("whoami", ()).execute().await?)
}

#[tokio::test]
async fn a_task_does_what_its_role_is_granted() {
    let stack = start().await;
    let supabase = stack.supabase();
    let seen = ship_and_report::run(&supabase, ()).await.unwrap();
    assert_eq!(seen["role"], "reporter");
    assert_eq!(seen["uid"], Value::Null);
    let claims = &seen["claims"];
    assert_eq!(
        (&claims["role"], &claims["aud"]),
        (&json!("reporter"), &json!("authenticated"))
    );
    assert_eq!(claims.get("sub"), None);
    assert_eq!(claims["supabase_task"]["id"], "ship_and_report");
    let service = supabase.service_client().unwrap();
    let reports = service
        .from("reports")
        .select("title")
        .rows::<Value>()
        .await
        .unwrap();
    assert_eq!(reports, [json!({ "title": "1 open" })]);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_role_upserts_with_what_the_compiler_asks_for() {
    let stack = start().await;
    let reporter = stack.supabase().role_client::<Reporter>(None).unwrap();
    let totals = reporter.table::<Total>();
    for total in [3, 4] {
        let total = Total { day: 1, total };
        totals.clone().upsert(&total).await.unwrap();
    }
    let stored = totals.clone().rows().await.unwrap();
    assert_eq!(stored, [Total { day: 1, total: 4 }]);
    // Which is what PostgreSQL asks for.
    stack
        .execute("revoke select on public.totals from reporter")
        .await
        .unwrap();
    let refused = totals.upsert(&Total { day: 1, total: 5 }).await;
    assert_eq!(code(refused), "42501");
    stack.shutdown().await.unwrap();
}

fn code<T: std::fmt::Debug>(refused: Result<T, ClientError>) -> String {
    let error = refused.unwrap_err();
    error.code().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_database_refuses_what_is_not_granted() {
    let stack = start().await;
    let reporter = stack.supabase().role_client::<Reporter>(None).unwrap();
    let orders = || reporter.from("orders");
    for refused in [
        code(orders().select("id,note").rows::<Value>().await),
        code(orders().update(json!({ "note": "x" })).eq("id", 1).await),
        code(orders().delete().eq("id", 1).await),
        code(orders().insert(json!({ "id": 3, "status": "new" })).await),
        code(
            reporter
                .from("reports")
                .select("title")
                .rows::<Value>()
                .await,
        ),
        code(reporter.from("reports").delete().eq("id", 1).await),
    ] {
        assert_eq!(refused, "42501");
    }
    let error = orders().delete().eq("id", 1).await.unwrap_err().to_string();
    assert!(error.contains("ran as the role reporter"), "{error}");
    assert_eq!(
        orders().select("id").rows::<Value>().await.unwrap().len(),
        2
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn policies_see_the_user_of_a_role() {
    let stack = start().await;
    let supabase = stack.supabase();
    for (who, notes) in [(None, 0), (Some(user(1)), 1), (Some(user(2)), 0)] {
        let reporter = supabase.role_client::<Reporter>(who).unwrap();
        let rows = reporter.table::<Note>().rows().await.unwrap();
        assert_eq!(
            rows.len(),
            notes,
            "{who:?} {:?}",
            rows.first().map(|note| note.id)
        );
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_service_client_steps_down_to_a_role() {
    let stack = start().await;
    let service = stack.supabase().service_client().unwrap();
    let reporter = service.act_as_role::<Reporter>().unwrap();
    assert_eq!(reporter.table::<Order>().rows().await.unwrap().len(), 2);
    assert_eq!(
        code(reporter.from("orders").delete().eq("id", 1).await),
        "42501"
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_role_that_the_api_cannot_become_is_an_error() {
    let stack = start().await;
    let supabase = stack.supabase();
    let nobodys = supabase.role_client::<Nobodys>(None).unwrap();
    let not_there = supabase.role_client::<NotThere>(None).unwrap();
    assert!(nobodys.table::<Order>().rows().await.is_err());
    assert!(not_there.table::<Order>().rows().await.is_err());
    stack.shutdown().await.unwrap();
}
