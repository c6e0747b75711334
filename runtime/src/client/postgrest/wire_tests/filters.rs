//! Filters, one by one.

use std::ops::Bound;

use serde_json::json;
use uuid::Uuid;

use super::super::{Is, TextSearch};
use super::{line, mistake, parameter, parameters, request, table, todos};
use crate::client::test_support::{USER, user_id};

#[test]
fn comparisons() {
    let cases = [
        (todos().eq("id", 42), "id=eq.42"),
        (todos().neq("id", 42_u8), "id=neq.42"),
        (todos().gt("id", -1_i64), "id=gt.-1"),
        (todos().gte("id", 42).lte("id", 50), "id=gte.42&id=lte.50"),
        (todos().lt("id", 42), "id=lt.42"),
        (todos().eq("n", 1.5), "n=eq.1.5"),
        (todos().gt("n", f64::NEG_INFINITY), "n=gt.-Infinity"),
        (todos().eq("n", f32::NAN), "n=eq.NaN"),
        (todos().eq("done", true), "done=eq.true"),
        (todos().eq("title", ""), "title=eq."),
        (todos().eq("title", "null"), "title=eq.null"),
        (todos().eq("title", String::from("a,b")), "title=eq.a%2Cb"),
        (todos().eq("title", "say \"hi\""), "title=eq.say+%22hi%22"),
        (todos().eq("title", "a\\b"), "title=eq.a%5Cb"),
        (todos().eq("title", "%41%2C"), "title=eq.%2541%252C"),
        (todos().eq("title", "a+b"), "title=eq.a%2Bb"),
        (todos().eq("title", "a*b"), "title=eq.a*b"),
        (todos().eq("title", "a\nb\t"), "title=eq.a%0Ab%09"),
        (
            todos().eq("title", "x&user_id=neq.1"),
            "title=eq.x%26user_id%3Dneq.1",
        ),
        (todos().eq("title", "x#"), "title=eq.x%23"),
        (todos().eq("owner", user_id()), &format!("owner=eq.{USER}")),
        (
            todos().eq("owner", Uuid::nil()),
            "owner=eq.00000000-0000-0000-0000-000000000000",
        ),
        (
            todos().neq("id", 1).neq("id", 2).neq("id", 1),
            "id=neq.1&id=neq.2&id=neq.1",
        ),
        (
            todos().eq("meta->address->>city", "Oslo"),
            "meta-%3Eaddress-%3E%3Ecity=eq.Oslo",
        ),
        (todos().eq("my col", 1), "my+col=eq.1"),
        (todos().eq("\"a.b\"", 1), "%22a.b%22=eq.1"),
        (todos().eq("items.sku", "x"), "items.sku=eq.x"),
        (todos().like("title", "%a_b%"), "title=like.%25a_b%25"),
        (todos().like("title", "100\\%"), "title=like.100%5C%25"),
        (
            todos().ilike("title", "%A b,c%"),
            "title=ilike.%25A+b%2Cc%25",
        ),
        (todos().is("done", Is::Null), "done=is.null"),
        (todos().is("done", Is::NotNull), "done=not.is.null"),
        (todos().is("done", true), "done=is.true"),
        (todos().is("done", false), "done=is.false"),
        (todos().is("done", Is::Unknown), "done=is.unknown"),
    ];
    for (query, filters) in cases {
        assert_eq!(
            line(query),
            format!("GET /rest/v1/todos?select=*&{filters}")
        );
    }
}

#[test]
fn a_column_named_like_a_parameter_stays_a_column() {
    let cases = [
        ("select", "%22select%22"),
        ("order", "%22order%22"),
        ("items.limit", "items.%22limit%22"),
        ("not.or", "not.%22or%22"),
        ("apikey", "%22apikey%22"),
        ("order_by", "order_by"),
        ("meta->limit", "meta-%3Elimit"),
        ("\"order\"", "%22order%22"),
    ];
    for (column, key) in cases {
        assert_eq!(
            line(todos().eq(column, 1)),
            format!("GET /rest/v1/todos?select=*&{key}=eq.1")
        );
    }
}

#[test]
fn in_lists() {
    let list = |values: &[&str]| {
        let request = request(todos().in_("title", values)).unwrap();
        let (_, value) = request.url.query_pairs().nth(1).unwrap();
        value.into_owned()
    };
    assert_eq!(list(&["a", "b"]), "in.(a,b)");
    assert_eq!(list(&[]), "in.()");
    // PostgREST reads `("")` as the empty list.
    assert_eq!(list(&[""]), r#"in.("","")"#);
    assert_eq!(list(&["", "a"]), r#"in.("",a)"#);
    assert_eq!(list(&["a,b", "c"]), r#"in.("a,b",c)"#);
    assert_eq!(list(&["f(x)", "c"]), r#"in.("f(x)",c)"#);
    assert_eq!(list(&["a.b", "a:b"]), "in.(a.b,a:b)");
    assert_eq!(list(&["\"q\"", "c"]), r#"in.("\"q\"",c)"#);
    assert_eq!(list(&["a\",b", "c"]), r#"in.("a\",b",c)"#);
    assert_eq!(list(&["x\",\"y"]), r#"in.("x\",\"y")"#);
    assert_eq!(list(&["a\\,b"]), r#"in.("a\\,b")"#);
    assert_eq!(list(&["日本", "é"]), "in.(日本,é)");

    assert_eq!(
        line(todos().in_("id", [1, 1, 2])),
        "GET /rest/v1/todos?select=*&id=in.%281%2C2%29"
    );
    assert_eq!(
        line(todos().in_("id", vec![user_id()])),
        format!("GET /rest/v1/todos?select=*&id=in.%28{USER}%29")
    );
}

#[test]
fn patterns() {
    let cases = [
        (todos().regex_match("t", "^a.*b$"), "t=match.^a.*b$"),
        (todos().regex_imatch("t", "^A|B$"), "t=imatch.^A|B$"),
        (
            todos().like_all_of("t", ["%a%", "%b%"]),
            "t=like(all).{%a%,%b%}",
        ),
        (
            todos().like_any_of("t", vec!["%a,b%".to_owned(), String::new()]),
            "t=like(any).{\"%a,b%\",\"\"}",
        ),
        (
            todos().ilike_all_of("t", [r"50\%"]),
            r#"t=ilike(all).{"50\\%"}"#,
        ),
        (
            todos().ilike_any_of("t", ["null", "{}"]),
            "t=ilike(any).{\"null\",\"{}\"}",
        ),
        (todos().is_distinct("t", "a,b"), "t=isdistinct.a,b"),
        (todos().not_in("t", ["a,b", "c"]), "t=not.in.(\"a,b\",c)"),
    ];
    for (query, expected) in cases {
        assert_eq!(parameter(query), expected);
    }
}

#[test]
fn arrays() {
    let cases = [
        (todos().contains("a", ["x", "y"]), "a=cs.{x,y}"),
        (todos().contained_by("a", vec![1, 2]), "a=cd.{1,2}"),
        (
            todos().overlaps("a", &[true, false][..]),
            "a=ov.{true,false}",
        ),
        (todos().contains("a", [0_i32; 0]), "a=cs.{}"),
        (
            todos().contains("a", ["a,b", "", "Null", "{", "}", " ", "\t", "é"]),
            "a=cs.{\"a,b\",\"\",\"Null\",\"{\",\"}\",\" \",\"\t\",é}",
        ),
        (todos().contains("a", ["q\"b\\"]), r#"a=cs.{"q\"b\\"}"#),
        (
            todos().contains("a", [Some("NULL"), None]),
            "a=cs.{\"NULL\",NULL}",
        ),
        (
            todos().contains("a", [[1, 2], [3, 4]]),
            "a=cs.{{1,2},{3,4}}",
        ),
        (
            todos().contains("a", vec![vec![Some(1.5), None]]),
            "a=cs.{{1.5,NULL}}",
        ),
        (
            todos().contains("a", [json!({ "k": 1 })]),
            r#"a=cs.{"{\"k\":1}"}"#,
        ),
        (todos().contains("a", "{a,b}"), "a=cs.{a,b}"),
        (
            todos().contains("meta", json!({ "a": "x,y" })),
            r#"meta=cs.{"a":"x,y"}"#,
        ),
        (todos().contains("meta", json!(["a"])), r#"meta=cs.["a"]"#),
    ];
    for (query, expected) in cases {
        assert_eq!(parameter(query), expected);
    }
}

#[test]
fn ranges() {
    let cases = [
        (todos().contains("r", 1..5), "r=cs.[1,5)"),
        (todos().contained_by("r", 1..=5), "r=cd.[1,5]"),
        (todos().overlaps("r", ..5), "r=ov.(,5)"),
        (todos().overlaps("r", ..=5), "r=ov.(,5]"),
        (todos().overlaps("r", 1.5..), "r=ov.[1.5,)"),
        (todos().overlaps("r", ..), "r=ov.(,)"),
        (
            todos().overlaps("r", (Bound::Excluded(1), Bound::Included(2))),
            "r=ov.(1,2]",
        ),
        (
            todos().range_gt("r", "2026-01-01 12:00".."2026-01-02"),
            "r=sr.[\"2026-01-01 12:00\",2026-01-02)",
        ),
        (todos().range_gte("r", "a,b"..="]"), "r=nxl.[\"a,b\",\"]\"]"),
        (todos().range_lt("r", "".."\"\\"), r#"r=sl.["","\"\\")"#),
        (todos().range_lte("r", "[1,5)"), "r=nxr.[1,5)"),
        (todos().range_adjacent("r", 5..6), "r=adj.[5,6)"),
    ];
    for (query, expected) in cases {
        assert_eq!(parameter(query), expected);
    }
}

#[test]
fn text_search() {
    let cases = [
        (TextSearch::new(), "fts"),
        (TextSearch::plain().config("english"), "plfts(english)"),
        (
            TextSearch::phrase().config("my config_2"),
            "phfts(my config_2)",
        ),
        (TextSearch::websearch(), "wfts"),
    ];
    for (search, operator) in cases {
        let query = todos().text_search("body", "'a' & b)", search);
        assert_eq!(parameter(query), format!("body={operator}.'a' & b)"));
    }
    for config in ["", "a.b", "a)", "a(b"] {
        let search = TextSearch::plain().config(config);
        assert_eq!(
            mistake(todos().text_search("body", "a", search)),
            format!("`{config}` cannot be the name of a text search configuration")
        );
    }
}

#[test]
fn operators_as_text() {
    let cases = [
        (todos().filter("a", "not.eq", "x y"), "a=not.eq.x y"),
        (todos().filter("a", "eq(any)", "{a,b}"), "a=eq(any).{a,b}"),
        (
            todos().filter("a", "wfts(english)", "x"),
            "a=wfts(english).x",
        ),
        (todos().not("a", "eq", "x y"), "a=not.eq.x y"),
        (todos().not("a", "not.eq", 1), "a=eq.1"),
        (todos().not("a", "cs", "{a,b}"), "a=not.cs.{a,b}"),
        (todos().not("a", "in", "(1,2)"), "a=not.in.(1,2)"),
        (todos().not("a", "is", "NULL"), "a=not.is.null"),
    ];
    for (query, expected) in cases {
        assert_eq!(parameter(query), expected);
    }
    assert!(
        mistake(todos().filter("a", "eq.x", 1)).starts_with("`eq.x` is not a PostgREST operator")
    );
    assert!(mistake(todos().not("a", "in", "1,2")).contains("a list in parentheses"));
    assert!(mistake(todos().not("a", "in", "(1),b.eq.(2)")).contains("a list in parentheses"));
    assert!(mistake(todos().filter("a", "is", "maybe")).contains("`unknown`"));
}

#[test]
fn matching_an_object() {
    let object = json!({ "a": 1, "b": "x,y", "c": null, "d": true });
    let expected = ["a=eq.1", "b=eq.x,y", "c=is.null", "d=eq.true"];
    let parameters = parameters(todos().match_(&object));
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    assert_eq!(parameters, expected);

    assert!(request(table("t").delete().match_(&object)).is_ok());
    assert!(request(table("t").delete().match_(&json!({}))).is_err());
    assert!(mistake(todos().match_(&json!({ "tags": [1] }))).contains("`tags` is a list"));
    assert!(mistake(todos().match_(&[1])).contains("takes an object"));
}

#[test]
fn columns_that_would_be_cut_are_quoted() {
    let cases = [
        ("a#b", "\"a#b\""),
        ("id:x", "\"id:x\""),
        ("items.a:b", "items.\"a:b\""),
        ("meta->>a.b", "meta->>\"a.b\""),
    ];
    for (column, key) in cases {
        assert_eq!(parameter(todos().eq(column, 1)), format!("{key}=eq.1"));
    }
    assert_eq!(mistake(todos().eq(" ", 1)), "a filter has no column");
    assert!(mistake(todos().eq("\"a", 1)).contains("double quotes do not match"));
}
