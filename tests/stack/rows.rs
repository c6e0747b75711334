//! Typed rows against a real PostgreSQL: what is selected, found and written.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use supabase_task::client::{
    Filter, FilterValue, InsertRow, RowFilter, TextSearch, UpdateRow, column,
};
use supabase_task::prelude::*;
use supabase_task::{LocalSupabase, ServiceClient};

const SCHEMA: &str = "
create type public.mood as enum ('happy', 'sad');
create table public.customers (
  id bigint generated always as identity primary key,
  name text not null
);
create table public.orders (
  id bigint generated always as identity primary key,
  title text not null,
  done boolean not null default false,
  note text,
  tags text[] not null default '{}',
  mood public.mood not null default 'happy',
  price numeric not null default 0,
  meta jsonb not null default '{}',
  created_at timestamptz not null default '2026-01-02 03:04:05+00',
  \"unit count\" int not null default 1,
  \"type\" text not null default 'plain',
  \"select\" int not null default 0,
  secret text not null default 'never asked for',
  customer_id bigint constraint orders_customer_fkey references public.customers,
  biller_id bigint constraint orders_biller_fkey references public.customers
);
create table public.items (
  id bigint generated always as identity primary key,
  order_id bigint not null references public.orders,
  sku text not null,
  amount int not null
);
create schema crm;
grant usage on schema crm to service_role;
create table crm.people (id bigint primary key, name text not null);
grant all on crm.people to service_role;

insert into public.customers (name) values ('Ada'), ('Bob');
insert into public.orders (title, done, note, tags, mood, price, meta, \"unit count\", \"type\", \"select\", customer_id, biller_id) values
  ('milk', false, null, '{home}', 'happy', 12.50, '{\"city\": \"Oslo\", \"sizes\": [3, 4]}', 1, 'plain', 7, 1, 2),
  ('bread, fresh', true, 'soon', '{home,\"to, go\"}', 'sad', 0.1, '{\"city\": \"Rome\"}', 2, 'fancy', 8, 2, null),
  ('100% wool', false, 'a \"note\"', '{}', 'happy', 1e20, '{}', 3, 'plain', 9, null, null);
insert into public.items (order_id, sku, amount) values (1, 'a', 1), (1, 'b', 5), (1, 'c', 3), (2, 'd', 2);
";

#[derive(Debug, Deserialize, Row)]
#[row(table = "orders")]
struct Order {
    id: i64,
    title: String,
    done: bool,
    note: Option<String>,
    tags: Vec<String>,
    mood: Mood,
    meta: Value,
    #[row(cast = "text")]
    price: String,
    #[row(column = "created_at")]
    created: String,
    #[row(column = "meta->>city")]
    city: Option<String>,
    #[row(column = "meta->sizes->0")]
    first_size: Option<i32>,
    #[serde(rename = "unit count")]
    units: i32,
    r#type: String,
    select: i32,
    #[row(embed)]
    items: Vec<Item>,
    #[row(embed = "customers!orders_customer_fkey")]
    customer: Option<Customer>,
    #[row(embed = "customers!orders_biller_fkey")]
    biller: Option<Customer>,
    #[serde(skip)]
    local_only: u8,
}

#[derive(Debug, PartialEq, Deserialize, Row)]
struct Item {
    sku: String,
    amount: i32,
}

#[derive(Debug, PartialEq, Deserialize, Row)]
struct Customer {
    name: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mood {
    Happy,
    Sad,
}

impl FilterValue for Mood {
    fn write_to(&self, text: &mut String) {
        text.push_str(match self {
            Self::Happy => "happy",
            Self::Sad => "sad",
        });
    }
}

/// The response may contain only the columns of the row: an unknown one fails to decode.
#[derive(Debug, PartialEq, Serialize, Deserialize, Row)]
#[serde(deny_unknown_fields)]
#[row(table = "orders")]
struct Title {
    id: i64,
    title: String,
}

#[derive(Serialize)]
struct NewTitle<'a> {
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

impl InsertRow for NewTitle<'_> {
    type Row = Title;
}

#[derive(Serialize)]
struct NewName {
    title: String,
}

impl UpdateRow for NewName {
    type Row = Title;
}

async fn project() -> (LocalSupabase, ServiceClient) {
    let stack = LocalSupabase::builder().sql(SCHEMA).start().await;
    let stack = stack.unwrap_or_else(|error| panic!("LocalSupabase did not start: {error}"));
    let service = stack.supabase().service_client().unwrap();
    (stack, service)
}

/// The ids of the orders for which `filter` holds.
async fn ids(supabase: &ServiceClient, filter: RowFilter<Order>) -> Vec<i64> {
    let said = format!("{filter:?}");
    let rows = supabase
        .table::<Title>()
        .filter(Filter::from(filter))
        .order(Title::id.asc())
        .rows()
        .await;
    let rows = rows.unwrap_or_else(|error| panic!("{said}: {error}"));
    rows.iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn a_row_is_read_with_all_that_its_fields_say() {
    let (stack, supabase) = project().await;

    let orders = supabase
        .table::<Order>()
        .filter(Order::done.eq(false))
        .order(Order::id.desc())
        .rows()
        .await
        .unwrap();
    let titles: Vec<_> = orders.iter().map(|order| order.title.as_str()).collect();
    assert_eq!(titles, ["100% wool", "milk"]);

    let milk = &orders[1];
    assert_eq!((milk.id, milk.done, &milk.note), (1, false, &None));
    assert_eq!(milk.tags, ["home"]);
    assert_eq!(milk.mood, Mood::Happy);
    assert_eq!(milk.price, "12.50");
    assert!(
        milk.created.starts_with("2026-01-02T03:04:05"),
        "{}",
        milk.created
    );
    assert_eq!(milk.city.as_deref(), Some("Oslo"));
    assert_eq!(milk.meta["sizes"], json!([3, 4]));
    assert_eq!(milk.first_size, Some(3));
    assert_eq!(
        (milk.units, milk.r#type.as_str(), milk.select),
        (1, "plain", 7)
    );
    let skus: Vec<_> = milk.items.iter().map(|item| item.sku.as_str()).collect();
    assert_eq!(skus, ["a", "b", "c"]);
    let name = |customer: &Option<Customer>| customer.as_ref().map(|one| one.name.clone());
    assert_eq!(name(&milk.customer).as_deref(), Some("Ada"));
    assert_eq!(name(&milk.biller).as_deref(), Some("Bob"));
    assert_eq!(milk.local_only, 0);

    let wool = &orders[0];
    assert!(wool.items.is_empty());
    assert_eq!((&wool.customer, &wool.city), (&None, &None));
    assert_eq!(wool.price, "100000000000000000000");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn only_the_columns_of_the_row_are_asked_for() {
    let (stack, supabase) = project().await;

    let raw = supabase.table::<Order>().limit(1).untyped();
    let rows = raw.rows::<serde_json::Map<String, Value>>().await.unwrap();
    let mut keys: Vec<_> = rows[0].keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "biller",
            "city",
            "created",
            "customer",
            "done",
            "first_size",
            "id",
            "items",
            "meta",
            "mood",
            "note",
            "price",
            "select",
            "tags",
            "title",
            "type",
            "unit count"
        ]
    );
    assert_eq!(rows[0]["customer"], json!({ "name": "Ada" }));

    // A column that the identity may not read does not matter if no row has it as a field.
    stack
        .execute("revoke select on public.orders from service_role; grant select (id, title) on public.orders to service_role")
        .await
        .unwrap();
    let titles = supabase
        .table::<Title>()
        .order(Title::id.asc())
        .rows()
        .await;
    assert_eq!(
        titles.unwrap()[0],
        Title {
            id: 1,
            title: "milk".into()
        }
    );
    let refused = supabase.table::<Order>().rows().await.unwrap_err();
    assert!(
        refused.to_string().contains("permission denied"),
        "{refused}"
    );
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn every_operator_finds_its_rows() {
    let (stack, supabase) = project().await;
    let cases = [
        (Order::id.eq(1), vec![1]),
        (Order::id.neq(1), vec![2, 3]),
        (Order::id.gt(1) & Order::id.lt(3), vec![2]),
        (Order::id.gte(2), vec![2, 3]),
        (Order::id.lte(2), vec![1, 2]),
        (Order::id.in_([1, 3]), vec![1, 3]),
        (Order::id.in_([0_i64; 0]), vec![]),
        (Order::id.not_in([1, 3]), vec![2]),
        (Order::title.in_(["milk", "bread, fresh"]), vec![1, 2]),
        (
            Order::title.eq("bread, fresh") | Order::id.eq(1),
            vec![1, 2],
        ),
        (Order::title.like("100\\%%"), vec![3]),
        (Order::title.ilike("MILK"), vec![1]),
        (Order::title.like_any_of(["m%", "%, fr%"]), vec![1, 2]),
        (Order::title.like_all_of(["m%", "%k"]), vec![1]),
        (Order::title.ilike_any_of(["M%", "1%"]), vec![1, 3]),
        (Order::title.ilike_all_of(["M%", "%K"]), vec![1]),
        (Order::title.regex_match("^m"), vec![1]),
        (Order::title.regex_imatch("^(M|B)"), vec![1, 2]),
        (
            Order::title.text_search("fresh bread", TextSearch::plain().config("simple")),
            vec![2],
        ),
        (Order::note.is_null(), vec![1]),
        (Order::note.is_not_null(), vec![2, 3]),
        (Order::note.eq("a \"note\""), vec![3]),
        (Order::note.neq("soon"), vec![3]),
        (Order::note.is_distinct("soon"), vec![1, 3]),
        (
            Order::note.is_null() | Order::note.eq("a \"note\""),
            vec![1, 3],
        ),
        (Order::done.is_true(), vec![2]),
        (Order::done.is_false(), vec![1, 3]),
        (Order::tags.contains(["to, go"]), vec![2]),
        (Order::tags.contained_by(["home"]), vec![1, 3]),
        (Order::tags.overlaps(["home", "x"]), vec![1, 2]),
        (
            Order::tags.overlaps(["to, go"]) | Order::id.eq(3),
            vec![2, 3],
        ),
        (Order::mood.eq(Mood::Sad), vec![2]),
        (Order::mood.in_([Mood::Happy, Mood::Sad]), vec![1, 2, 3]),
        (
            Order::meta.contains_json(&json!({ "city": "Oslo" })),
            vec![1],
        ),
        (
            Order::meta.contained_by_json(&json!({ "city": "Rome", "x": 1 })),
            vec![2, 3],
        ),
        (Order::city.eq("Rome"), vec![2]),
        (Order::city.is_null() | Order::city.eq("Oslo"), vec![1, 3]),
        (Order::units.gt(1), vec![2, 3]),
        (Order::units.eq(1) | Order::r#type.eq("fancy"), vec![1, 2]),
        (Order::select.eq(8), vec![2]),
        (Order::select.eq(8) | Order::select.eq(9), vec![2, 3]),
        (!Order::id.eq(1), vec![2, 3]),
        (!(Order::id.eq(1) | Order::id.eq(2)), vec![3]),
        (!(Order::done.eq(false) & Order::id.lt(3)), vec![2, 3]),
        (
            RowFilter::any([Order::id.eq(1), Order::id.eq(3)]),
            vec![1, 3],
        ),
        (
            RowFilter::all([Order::id.gt(1), Order::done.eq(false)]),
            vec![3],
        ),
        (RowFilter::new(column("id").eq(2)), vec![2]),
    ];
    for (filter, expected) in cases {
        let said = format!("{filter:?}");
        assert_eq!(ids(&supabase, filter).await, expected, "{said}");
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn embedded_rows_are_filtered_and_sorted_by_themselves() {
    let (stack, supabase) = project().await;

    let orders = supabase
        .table::<Order>()
        .filter(Order::id.eq(1))
        .embedded(Order::items, |items| {
            items
                .filter(Item::amount.gt(1) & Item::sku.neq("x"))
                .order(Item::amount.desc())
                .limit(1)
        })
        .single()
        .await
        .unwrap();
    assert_eq!(
        orders.items,
        [Item {
            sku: "b".into(),
            amount: 5
        }]
    );

    let by_customer = supabase
        .table::<Order>()
        .filter(Order::customer.is_not_null())
        .order(Order::customer.desc_by(Customer::name));
    let titles: Vec<String> = by_customer
        .rows()
        .await
        .unwrap()
        .into_iter()
        .map(|order| order.title)
        .collect();
    assert_eq!(titles, ["bread, fresh", "milk"]);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn one_row_some_rows_and_their_number() {
    let (stack, supabase) = project().await;
    let titles = || supabase.table::<Title>();

    assert_eq!(titles().count().await.unwrap(), 3);
    assert_eq!(titles().filter(Title::id.gt(1)).count().await.unwrap(), 2);
    assert_eq!(
        titles()
            .filter(Title::id.eq(1))
            .single()
            .await
            .unwrap()
            .title,
        "milk"
    );
    let none = titles().filter(Title::id.eq(9));
    assert!(none.single().await.unwrap_err().is_not_found());
    assert_eq!(
        titles()
            .filter(Title::id.eq(9))
            .maybe_single()
            .await
            .unwrap(),
        None
    );
    assert!(titles().maybe_single().await.is_err());
    let page = titles()
        .order(Title::id.asc())
        .range(1, 1)
        .with_count()
        .await
        .unwrap();
    assert_eq!((page.rows[0].id, page.count), (2, 3));
    assert_eq!(titles().limit(2).await.unwrap().len(), 2);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn rows_are_written_and_come_back_typed() {
    let (stack, supabase) = project().await;
    let titles = || supabase.table::<Title>();

    let new = NewTitle {
        title: "eggs",
        note: None,
    };
    let eggs: Title = titles().insert(&new).returning().single().await.unwrap();
    assert_eq!(
        eggs,
        Title {
            id: 4,
            title: "eggs".into()
        }
    );
    let more = ["ham", "jam"].map(|title| NewTitle {
        title,
        note: Some("x"),
    });
    let more = titles().insert(&more[..]).returning().rows().await.unwrap();
    assert_eq!(more.len(), 2);

    let renamed = NewName {
        title: "six eggs".into(),
    };
    let query = titles().update(&renamed).filter(Title::id.eq(eggs.id));
    assert_eq!(query.returning().single().await.unwrap().title, "six eggs");
    let guarded = titles().update(&renamed).await.unwrap_err();
    assert!(guarded.to_string().contains("all_rows"), "{guarded}");
    assert_eq!(
        titles()
            .update(&renamed)
            .all_rows()
            .affected_rows()
            .await
            .unwrap(),
        6
    );

    let gone = titles()
        .delete()
        .filter(Title::id.gt(3) & Title::title.like("six%"));
    assert_eq!(gone.affected_rows().await.unwrap(), 3);
    assert!(titles().delete().await.is_err());
    assert_eq!(titles().count().await.unwrap(), 3);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn upsert_names_its_columns() {
    let (stack, supabase) = project().await;
    stack
        .execute(
            "create table public.plans (owner int, name text, price int not null, unique (owner, name));
             grant all on public.plans to service_role",
        )
        .await
        .unwrap();

    #[derive(Debug, PartialEq, Serialize, Deserialize, Row)]
    struct Plan {
        owner: i32,
        name: String,
        price: i32,
    }

    impl InsertRow for Plan {
        type Row = Self;
    }

    let plan = |price| Plan {
        owner: 1,
        name: "pro".into(),
        price,
    };
    let plans = || supabase.table::<Plan>();
    plans().insert(&plan(10)).await.unwrap();
    let upsert = plans()
        .upsert(&plan(12))
        .on_conflict(Plan::owner)
        .on_conflict(Plan::name);
    assert_eq!(upsert.returning().single().await.unwrap(), plan(12));
    let kept = plans()
        .upsert(&plan(99))
        .on_conflict(Plan::owner)
        .on_conflict(Plan::name);
    kept.ignore_duplicates().await.unwrap();
    assert_eq!(plans().rows().await.unwrap(), [plan(12)]);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn typed_and_untyped_are_mixed() {
    let (stack, supabase) = project().await;

    let rows = supabase
        .from("orders")
        .select(Title::SELECT)
        .or([Order::title.eq("bread, fresh"), Order::id.eq(1)])
        .eq(Order::units.name(), 2)
        .rows::<Title>()
        .await
        .unwrap();
    assert_eq!(
        rows,
        [Title {
            id: 2,
            title: "bread, fresh".into()
        }]
    );

    let query = supabase.table::<Title>().filter(column("done").eq(false));
    let rows = query
        .untyped()
        .eq("mood", Mood::Happy)
        .is("note", supabase_task::client::Is::Null);
    assert_eq!(rows.rows::<Title>().await.unwrap()[0].title, "milk");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_user_sees_their_own_rows() {
    #[derive(Debug, Deserialize, Row)]
    struct Todo {
        id: i64,
        user_id: uuid::Uuid,
        title: String,
        done: bool,
    }
    let stack = supabase_task_tests::start().await;
    let (one, two) = (supabase_task_tests::user(1), supabase_task_tests::user(2));
    let service = stack.supabase().service_client().unwrap();
    let row = |user, title: &str| json!({ "user_id": user, "title": title });
    let rows = [row(one, "mine"), row(two, "theirs"), row(one, "mine too")];
    service.from("todos").insert(&rows).await.unwrap();

    let supabase = service.act_as(one).unwrap();
    let todos = supabase
        .table::<Todo>()
        .filter(Todo::done.eq(false))
        .order(Todo::id.desc())
        .rows()
        .await
        .unwrap();

    let titles: Vec<_> = todos.iter().map(|todo| todo.title.as_str()).collect();
    assert_eq!(titles, ["mine too", "mine"]);
    assert!(
        todos
            .iter()
            .all(|todo| one == todo.user_id.into() && todo.id > 0 && !todo.done)
    );
    let theirs = supabase.table::<Todo>().filter(Todo::user_id.eq(two));
    assert_eq!(theirs.count().await.unwrap(), 0);
    stack.shutdown().await.unwrap();
}
