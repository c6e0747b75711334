//! Filters joined by `and`, `or` and `not`, and those of embedded tables.

use super::super::{Filter, Is, Order, TextSearch, column, identifier};
use super::{mistake, parameter, parameters, request, table, todos};

#[test]
fn trees_are_quoted_by_construction() {
    let cases = [
        (
            todos().or([column("id").eq(2), column("title").eq("a,b")]),
            "or=(id.eq.2,title.eq.\"a,b\")",
        ),
        (
            todos().or([
                column("id").gt(2),
                Filter::all([column("a").eq("x)"), column("b").is(true)]),
                !Filter::all([column("c").is(Is::NotNull), column("d").in_(["a)", "b"])]),
            ]),
            "or=(id.gt.2,and(a.eq.\"x)\",b.is.true),not.and(c.not.is.null,d.in.(\"a)\",b)))",
        ),
        (
            todos().and([column("t").contains(["a,b"]), column("r").overlaps(1..5)]),
            r#"and=(t.cs."{\"a,b\"}",r.ov."[1,5)")"#,
        ),
        (
            todos().and([
                column("b").text_search("a & b", TextSearch::plain().config("english")),
                column("b").like_any_of(["%a%"]),
            ]),
            r#"and=(b.plfts(english)."a & b",b.like(any)."{%a%}")"#,
        ),
        (todos().or([column("a").eq(1)]), "a=eq.1"),
        (todos().and([!column("a").not("eq", 1)]), "a=eq.1"),
        (
            todos().and([!Filter::any([column("a").eq(1), column("b").eq(2)])]),
            "not.or=(a.eq.1,b.eq.2)",
        ),
        (
            todos().or([
                column(identifier("a.b")).eq(1),
                column("meta->>a:b").eq(2),
                column("x:y").filter("in", "(1,2)"),
            ]),
            r#"or=("a.b".eq.1,meta->>"a:b".eq.2,"x:y".in.(1,2))"#,
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(parameter(query), expected);
    }
}

#[test]
fn trees_that_make_no_sense() {
    let none: [Filter; 0] = [];
    assert_eq!(mistake(todos().or(none)), "`or` needs at least one filter");
    let embedded = todos().or([column("items.a").eq(1), column("b").eq(2)]);
    assert!(mistake(embedded).contains("`referenced_table`"));
    let hidden = todos().or([column("a").filter("bad", 1), column("b").eq(2)]);
    assert!(mistake(hidden).contains("`bad` is not a PostgREST operator"));
}

#[test]
fn raw_trees() {
    assert_eq!(
        parameter(todos().or_raw("id.eq.2,title.eq.a")),
        "or=(id.eq.2,title.eq.a)"
    );
    assert_eq!(parameter(todos().and_raw("id.gt.2")), "and=(id.gt.2)");
    assert!(request(table("t").delete().or_raw("a.eq.1,b.eq.2")).is_ok());
}

#[test]
fn embedded_tables() {
    let query = todos().referenced_table("items", |items| {
        items
            .eq("sku", "a,b")
            .or([column("a").eq(1), column("b").eq(2)])
            .or_raw("c.eq.3,d.eq.4")
            .order("sku", Order::desc())
            .limit(9)
            .order("id", Order::asc().nulls_first())
            .range(10, 19)
    });
    let again = query.referenced_table("items", |items| items.order("a", Order::asc()).limit(1));
    let expected = [
        ("items.sku", "eq.a,b"),
        ("items.or", "(a.eq.1,b.eq.2)"),
        ("items.or", "(c.eq.3,d.eq.4)"),
        ("items.order", "sku.desc,id.asc.nullsfirst,a.asc"),
        ("items.offset", "10"),
        ("items.limit", "1"),
    ];
    assert_eq!(
        parameters(again),
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );

    let returning = table("t").insert([1]).select("id,items(sku)");
    let returning = returning.referenced_table("items", |items| items.order("sku", Order::desc()));
    let order = ("items.order".to_owned(), "sku.desc".to_owned());
    assert_eq!(parameters(returning), [order]);

    let nested = todos().referenced_table("orders.my items", |items| items.eq("a", 1));
    assert_eq!(parameter(nested), "orders.my items.a=eq.1");
    for table in ["", "a->b", "\"a"] {
        let query = todos().referenced_table(table, |items| items.limit(1));
        assert!(mistake(query).contains("is not the name of an embedded table"));
    }
    let range = todos().referenced_table("items", |items| items.range(2, 1));
    assert!(mistake(range).contains("before it starts"));
}

#[test]
fn filters_of_an_embedded_table_guard_no_write() {
    let delete = || table("t").delete();
    let guarded = |query| request(query).is_ok();
    assert!(!guarded(
        delete().referenced_table("items", |items| items.eq("a", 1))
    ));
    assert!(!guarded(
        delete().referenced_table("items", |items| items.or_raw("a.eq.1"))
    ));
    assert!(!guarded(delete().referenced_table("items", |items| {
        items.or([column("a").eq(1), column("b").eq(2)])
    })));
    assert!(!guarded(delete().eq("items.a", 1)));
    assert!(guarded(delete().or([column("a").eq(1), column("b").eq(2)])));
}
