//! The requests of typed rows: the same as those of the untyped builder, with only the row's columns.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{headers, line, mistake, schema, wire};
use crate::client::{Filter, InsertRow, RowFilter, TypedTable, UpdateRow, column};

#[derive(Deserialize, crate::Row)]
#[row(crate = crate)]
#[allow(dead_code)]
struct Todo {
    id: i64,
    title: String,
    done: bool,
    note: Option<String>,
    tags: Vec<String>,
    #[serde(rename = "a.b")]
    dotted: i32,
    order: i32,
    #[row(column = "meta->>city")]
    city: Option<String>,
    #[row(embed)]
    items: Vec<Item>,
    #[row(embed = "lists!todos_list_fkey")]
    list: Option<List>,
}

#[derive(Deserialize, crate::Row)]
#[row(crate = crate)]
#[allow(dead_code)]
struct Item {
    sku: String,
    amount: i32,
    #[row(embed = "products")]
    product: Option<List>,
}

#[derive(Serialize, Deserialize, crate::Row)]
#[row(crate = crate)]
struct List {
    id: i64,
    name: String,
}

impl InsertRow for List {
    type Row = Self;
}

impl UpdateRow for List {
    type Row = Self;
}

fn todos() -> TypedTable<Todo> {
    TypedTable::new(&schema())
}

fn lists() -> TypedTable<List> {
    TypedTable::new(&schema())
}

const ITEMS: &str = "items%28sku%2Camount%2Cproduct%3Aproducts%28id%2Cname%29%29";

#[track_caller]
fn assert_filter(filter: impl Into<Filter>, parameter: &str) {
    let line = line(lists().filter(filter.into()).untyped());
    assert_eq!(
        line,
        format!("GET /rest/v1/lists?select=id%2Cname&{parameter}")
    );
}

#[test]
fn a_row_is_its_select_list() {
    let query = todos()
        .filter(Todo::done.eq(false))
        .order(Todo::id.desc())
        .limit(3);
    assert_eq!(
        line(query.untyped()),
        format!(
            "GET /rest/v1/todos?select=id%2Ctitle%2Cdone%2Cnote%2Ctags%2C%22a.b%22%2Corder%2C\
             city%3Ameta-%3E%3Ecity%2C{ITEMS}%2Clist%3Alists%21todos_list_fkey%28id%2Cname%29\
             &done=eq.false&order=id.desc&limit=3"
        )
    );
}

#[test]
fn filters() {
    assert_filter(Todo::id.eq(1), "id=eq.1");
    assert_filter(Todo::title.eq("a,b"), "title=eq.a%2Cb");
    assert_filter(Todo::dotted.eq(1), "%22a.b%22=eq.1");
    assert_filter(Todo::order.gt(1), "%22order%22=gt.1");
    assert_filter(Todo::city.eq("Oslo"), "meta-%3E%3Ecity=eq.Oslo");
    assert_filter(Todo::note.is_null(), "note=is.null");
    assert_filter(Todo::note.is_not_null(), "note=not.is.null");
    assert_filter(Todo::items.is_not_null(), "items=not.is.null");
    assert_filter(Todo::id.in_([1, 2]), "id=in.%281%2C2%29");
    assert_filter(Todo::id.not_in([1, 2]), "id=not.in.%281%2C2%29");
    assert_filter(
        Todo::tags.contains(["a", "b,c"]),
        "tags=cs.%7Ba%2C%22b%2Cc%22%7D",
    );
    assert_filter(!Todo::done.is_true(), "done=not.is.true");
}

#[test]
fn filters_are_joined_without_needless_brackets() {
    let (a, b, c) = (Todo::id.gt(1), Todo::id.lt(9), Todo::done.eq(true));
    assert_filter(
        a.clone() & b.clone() & c.clone(),
        "and=%28id.gt.1%2Cid.lt.9%2Cdone.eq.true%29",
    );
    assert_filter(
        a.clone() | b.clone() | c.clone(),
        "or=%28id.gt.1%2Cid.lt.9%2Cdone.eq.true%29",
    );
    assert_filter(
        a.clone() & b.clone() | !c.clone(),
        "or=%28and%28id.gt.1%2Cid.lt.9%29%2Cdone.not.eq.true%29",
    );
    assert_filter(!(a | b), "not.or=%28id.gt.1%2Cid.lt.9%29");
    assert_filter(RowFilter::all([c]), "done=eq.true");
    assert_filter(RowFilter::<Todo>::new(column("x").eq(1)), "x=eq.1");
    let none = lists().filter(RowFilter::any([])).untyped();
    assert_eq!(mistake(none), "`or` needs at least one filter");
}

#[test]
fn embedded_rows_have_parameters_of_their_own() {
    let query = todos()
        .order(Todo::list.asc_by(List::name))
        .embedded(Todo::items, |items| {
            items
                .filter(Item::amount.gt(1))
                .filter(Item::sku.eq("a") | Item::sku.eq("b"))
                .order(Item::amount.desc().nulls_last())
                .order(Item::sku.asc())
                .range(5, 9)
                .embedded(Item::product, |product| {
                    product.filter(List::id.eq(3)).limit(1)
                })
        });
    let line = line(query.untyped());
    let (_, parameters) = line.split_once("%28id%2Cname%29&").unwrap();
    assert_eq!(
        parameters,
        "order=list%28name%29.asc&items.amount=gt.1&items.or=%28sku.eq.a%2Csku.eq.b%29\
         &items.order=amount.desc.nullslast%2Csku.asc&items.offset=5&items.limit=5\
         &items.product.id=eq.3&items.product.limit=1"
    );
}

#[test]
fn writes() {
    let list = List {
        id: 1,
        name: "home".into(),
    };
    let body = json!({ "id": 1, "name": "home" });
    // The database fills a column that a row leaves out, even if another row has it.
    let (line, prefer, sent) = wire(lists().insert(&list).untyped());
    assert_eq!((line.as_str(), &sent), ("POST /rest/v1/lists", &body));
    assert_eq!(prefer, headers([("prefer", "missing=default")]));
    let (line, prefer, _) = wire(lists().insert(&list).returning().untyped());
    assert_eq!(line, "POST /rest/v1/lists?select=id%2Cname");
    let both = "missing=default, return=representation";
    assert_eq!(prefer, headers([("prefer", both)]));

    let upsert = lists().upsert(&list).on_conflict(List::id);
    let (line, _, _) = wire(upsert.on_conflict(List::name).untyped());
    assert_eq!(line, "POST /rest/v1/lists?on_conflict=id%2Cname");

    let (line, _, sent) = wire(lists().update(&list).filter(List::id.eq(1)).untyped());
    assert_eq!(
        (line.as_str(), sent),
        ("PATCH /rest/v1/lists?id=eq.1", body)
    );
    assert!(mistake(lists().update(&list).untyped()).contains("all_rows"));
    assert!(mistake(lists().delete().untyped()).contains("all_rows"));
    let all = wire(lists().delete().all_rows().untyped());
    assert_eq!(all.0, "DELETE /rest/v1/lists");
}

#[test]
fn debug_tells_no_value() {
    let filter = Todo::title.eq("secret") & Todo::id.eq(7);
    let query = lists().filter(Filter::from(filter.clone()));
    for text in [format!("{filter:?}"), format!("{query:?}")] {
        assert!(!text.contains("secret"), "{text}");
    }
}
