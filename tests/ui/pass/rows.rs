//! Rows: how each field appears in the select list, and values that fit its column.

#![allow(dead_code)]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use supabase_task::client::{
    Column, Comparable, Filter, FilterValue, InsertRow, Row as _, RowFilter, TextSearch, TypedQuery,
    UpdateRow, column,
};
use supabase_task::prelude::*;
use uuid::Uuid;

#[derive(Debug, Deserialize, Row)]
#[row(table = "todos", schema = "public")]
pub struct Todo {
    pub id: i64,
    pub title: String,
    pub done: bool,
    pub note: Option<String>,
    pub tags: Vec<String>,
    pub parts: Option<Vec<Option<i32>>>,
    pub owner: Uuid,
    pub author: UserId,
    pub mood: Mood,
    pub last_mood: Option<Mood>,
    pub due: Option<Date>,
    pub weight: f64,
    pub meta: Value,
    pub more: Option<Value>,
    #[row(column = "created_at")]
    pub created: String,
    #[row(column = "meta->>city")]
    city: Option<String>,
    #[row(cast = "text")]
    pub price: String,
    #[row(column = "meta->sizes->0", cast = "int4")]
    pub first_size: Option<i32>,
    #[row(embed)]
    pub items: Vec<Item>,
    #[row(embed = "customers!orders_customer_fkey")]
    pub customer: Option<Customer>,
    #[row(embed = "lists!inner")]
    pub lists: List,
    #[serde(skip)]
    pub local_only: u8,
    #[serde(skip_deserializing, default)]
    pub also_local: u8,
}

#[derive(Debug, Deserialize, Row)]
pub struct Item {
    sku: String,
    amount: i32,
    #[row(embed = "products")]
    product: Option<Product>,
}

#[derive(Debug, Deserialize, Row)]
pub struct Product {
    name: String,
}

#[derive(Debug, Deserialize, Row)]
pub struct Customer {
    name: String,
}

#[derive(Debug, Deserialize, Row)]
#[row()]
pub struct List {
    id: i64,
}

#[derive(Debug, Deserialize)]
pub enum Mood {
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

#[derive(Debug, Deserialize)]
pub struct Date(String);

impl FilterValue for Date {
    fn write_to(&self, text: &mut String) {
        self.0.write_to(text);
    }
}

impl Comparable<Date> for &str {}

/// Names that need quotes, keywords, and serde's cases.
#[derive(Debug, Deserialize, Row)]
#[serde(rename_all = "camelCase")]
struct HTTPLogEntry {
    r#type: String,
    created_at: String,
    #[serde(rename = "user agent")]
    agent: String,
    #[serde(rename(serialize = "out", deserialize = "in"))]
    direction: String,
    #[serde(default, alias = "ms", deserialize_with = "Deserialize::deserialize")]
    took: f64,
    #[row(column = "a.b")]
    dotted: i32,
    order: i32,
}

/// Two columns of the same table.
#[derive(Debug, Deserialize, Row)]
#[row(table = "todos")]
struct Title {
    id: i64,
    title: String,
}

macro_rules! row {
    ($name:ident, $table:literal, $field:ident: $type:ty) => {
        #[derive(Deserialize, Row)]
        #[row(table = $table)]
        struct $name {
            $field: $type,
        }
    };
}
row!(FromAMacro, "made", made: Option<i64>);

#[derive(Serialize)]
struct NewTodo {
    title: String,
}

impl InsertRow for NewTodo {
    type Row = Todo;
}

#[derive(Serialize)]
struct Done {
    done: bool,
}

impl UpdateRow for Done {
    type Row = Todo;
}

fn values(id: i64, text: String, user: UserId, uuid: Uuid) -> Vec<RowFilter<Todo>> {
    vec![
        Todo::id.eq(1),
        Todo::id.eq(id),
        Todo::id.eq(&id),
        Todo::id.gte(1) & Todo::id.lt(9) | !Todo::id.neq(7),
        Todo::id.in_([1, 2]),
        Todo::id.in_(&[id]),
        Todo::id.not_in(vec![id]),
        Todo::title.eq("a"),
        Todo::title.eq(&text),
        Todo::title.eq(Cow::Borrowed("a")),
        Todo::title.in_(["a", "b"]),
        Todo::title.in_(&["a", "b"]),
        Todo::title.in_(std::slice::from_ref(&text)),
        Todo::title.eq(text),
        Todo::title.like("a%"),
        Todo::title.like_any_of(["a%", "b%"]),
        Todo::note.ilike_all_of(["a%"]),
        Todo::title.regex_match("^a"),
        Todo::note.text_search("milk", TextSearch::websearch()),
        Todo::done.eq(true),
        Todo::done.is_true(),
        Todo::note.eq("a"),
        Todo::note.is_distinct("a"),
        Todo::note.is_null(),
        Todo::note.is_not_null(),
        Todo::tags.contains(["home"]),
        Todo::tags.overlaps(vec![String::from("home")]),
        Todo::parts.contained_by([1, 2]),
        Todo::owner.eq(uuid),
        Todo::owner.eq(user),
        Todo::author.eq(user),
        Todo::author.eq(uuid),
        Todo::mood.eq(Mood::Happy),
        Todo::mood.in_([Mood::Happy, Mood::Sad]),
        Todo::last_mood.eq(&Mood::Sad),
        Todo::due.eq("tomorrow"),
        Todo::due.lt(Date(String::from("2027-01-01"))),
        Todo::weight.gt(1.5),
        Todo::meta.contains_json(&json!({ "city": "Oslo" })),
        Todo::more.contained_by_json(&json!({})),
        Todo::city.eq("Oslo"),
        Todo::items.is_not_null(),
        Todo::customer.is_null(),
        RowFilter::any([Todo::id.eq(1), Todo::done.eq(true)]),
        RowFilter::new(column("anything").eq(1)),
    ]
}

async fn reads(supabase: UserClient) -> TaskResult<()> {
    let todos: Vec<Todo> = supabase
        .table::<Todo>()
        .filter(Todo::done.eq(false))
        .order(Todo::id.desc())
        .rows()
        .await?;
    drop(todos);
    let query: TypedQuery<Todo> = supabase
        .table()
        .filter(column("done").eq(false))
        .order(Todo::customer.asc_by(Customer::name))
        .order(Todo::note.asc().nulls_first())
        .embedded(Todo::items, |items| {
            items
                .filter(Item::amount.gt(1))
                .order(Item::sku.desc())
                .range(0, 4)
                .embedded(Item::product, |product| product.filter(Product::name.like("a%")))
        });
    let _: Vec<Todo> = query.await?;
    let _: Option<Todo> = supabase.table::<Todo>().filter(Todo::id.eq(1)).maybe_single().await?;
    let _: u64 = supabase.table::<Todo>().count().await?;
    // Conversions between typed and untyped, both ways.
    let same_table = Filter::from(Todo::done.eq(true));
    let _ = supabase.table::<Title>().filter(same_table).rows().await?;
    let untyped = supabase.from("todos").select(Todo::SELECT);
    let untyped = untyped.or([Todo::id.eq(1), Todo::done.eq(true)]);
    let _ = untyped.eq(Todo::city.name(), "Oslo").rows::<Todo>().await?;
    let _ = supabase.table::<Todo>().limit(3).untyped().rows::<Value>().await?;
    Ok(())
}

async fn writes(supabase: ServiceClient, many: Vec<NewTodo>) -> TaskResult<()> {
    let todos = || supabase.table::<Todo>();
    let new = NewTodo { title: "a".into() };
    todos().insert(&new).await?;
    let _: Vec<Todo> = todos().insert(&many).returning().await?;
    todos().insert(&many[..1]).await?;
    todos().insert(&[&new]).await?;
    let upsert = todos().upsert(&new).on_conflict(Todo::id).on_conflict(Todo::title);
    let _: Todo = upsert.ignore_duplicates().returning().single().await?;
    todos().update(&Done { done: true }).filter(Todo::id.eq(1)).await?;
    let _: u64 = todos().delete().filter(Todo::done.is_true()).affected_rows().await?;
    todos().delete().all_rows().await?;
    Ok(())
}

fn main() {
    assert_eq!((Todo::TABLE, Todo::SCHEMA), ("todos", "public"));
    assert_eq!(
        Todo::SELECT,
        "id,title,done,note,tags,parts,owner,author,mood,last_mood,due,weight,meta,more,\
         created:created_at,city:meta->>city,price::text,first_size:meta->sizes->0::int4,\
         items(sku,amount,product:products(name)),\
         customer:customers!orders_customer_fkey(name),lists!inner(id)"
    );
    assert_eq!(HTTPLogEntry::TABLE, "http_log_entrys");
    assert_eq!(
        HTTPLogEntry::SELECT,
        r#"type,createdAt,"user agent",in,took,dotted:"a.b",order"#
    );
    assert_eq!(HTTPLogEntry::r#type.name(), "type");
    assert_eq!(HTTPLogEntry::dotted.name(), r#""a.b""#);
    assert_eq!((FromAMacro::TABLE, FromAMacro::SELECT), ("made", "made"));
    const CREATED: Column<Todo, String> = Todo::created;
    assert_eq!(CREATED.name(), "created_at");
    assert_eq!(values(1, String::new(), Uuid::nil().into(), Uuid::nil()).len(), 45);
}
