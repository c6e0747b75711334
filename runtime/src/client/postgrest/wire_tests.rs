//! The requests that chains become: those of supabase-js 2.119 where it is right.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::value::push_list_element;
use super::{Count, Is, Order, Query, QueryKind, Schema, Table};
use crate::client::error::ClientError;
use crate::client::http::{Body, Http};
use crate::client::request::Request;
use crate::client::test_support::{USER, as_user, http, user_id};

static HTTP: LazyLock<Http> = LazyLock::new(http);

fn schema() -> Schema {
    let url = Url::parse("https://project.test").unwrap();
    as_user(HTTP.clone(), &url, Arc::default())
}

fn table(name: &str) -> Table {
    schema().from(name)
}

fn todos() -> Query<super::Select> {
    table("todos").select("*")
}

fn request<K: QueryKind>(query: Query<K>) -> Result<Request, ClientError> {
    query.parts.into_request()
}

/// `METHOD path?query`, the headers that are not the usual ones, and the body.
fn wire<K: QueryKind>(query: Query<K>) -> (String, HashMap<String, String>, Value) {
    let request = request(query).unwrap();
    let url = request
        .url
        .as_str()
        .strip_prefix("https://project.test")
        .unwrap();
    let line = format!("{} {url}", request.method);
    let mut headers: HashMap<_, _> = request
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();

    let reads = matches!(request.method, Method::GET | Method::HEAD);
    let (profile, other) = if reads {
        ("accept-profile", "content-profile")
    } else {
        ("content-profile", "accept-profile")
    };
    assert!(
        headers.contains_key(profile) && !headers.contains_key(other),
        "{headers:?}"
    );
    if headers[profile] == "public" {
        headers.remove(profile);
    }
    let json = headers.remove("content-type");
    assert_eq!(json.as_deref(), (!reads).then_some("application/json"));
    let body = match request.body {
        Body::Bytes(body) => serde_json::from_slice(&body).unwrap(),
        _ => Value::Null,
    };
    (line, headers, body)
}

/// The line alone, of a query with nothing unusual beside it.
fn line<K: QueryKind>(query: Query<K>) -> String {
    let (line, headers, body) = wire(query);
    assert_eq!((headers.len(), body), (0, Value::Null), "{line}");
    line
}

fn headers<const N: usize>(headers: [(&str, &str); N]) -> HashMap<String, String> {
    headers
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

#[test]
fn select_lists() {
    let cases = [
        ("*", "*"),
        ("id, title,\n  done", "id%2Ctitle%2Cdone"),
        (r#"id, "my col", done"#, "id%2C%22my+col%22%2Cdone"),
        (
            "key:id, amount::text, meta->address->>city",
            "key%3Aid%2Camount%3A%3Atext%2Cmeta-%3Eaddress-%3E%3Ecity",
        ),
        (
            "id, billing:addresses!orders_billing_fkey(city), ...customers(name)",
            "id%2Cbilling%3Aaddresses%21orders_billing_fkey%28city%29%2C...customers%28name%29",
        ),
        (
            "\"naïve col\",\"日本\"",
            "%22na%C3%AFve+col%22%2C%22%E6%97%A5%E6%9C%AC%22",
        ),
    ];
    for (columns, encoded) in cases {
        assert_eq!(
            line(table("todos").select(columns)),
            format!("GET /rest/v1/todos?select={encoded}")
        );
    }
}

#[test]
fn tables_and_schemas() {
    assert_eq!(
        line(table("my table").select("*")),
        "GET /rest/v1/my%20table?select=*"
    );
    assert_eq!(
        line(table("tâche").select("*")),
        "GET /rest/v1/t%C3%A2che?select=*"
    );
    assert_eq!(
        line(table("a/x?y").select("*")),
        "GET /rest/v1/a%2Fx%3Fy?select=*"
    );

    let custom = Schema {
        name: Cow::Borrowed("custom"),
        ..schema()
    };
    let read = wire(custom.from("todos").select("*"));
    assert_eq!(read.1, headers([("accept-profile", "custom")]));
    let (line, written, body) = wire(custom.from("todos").insert(&json!({ "title": "a" })));
    assert_eq!(line, "POST /rest/v1/todos");
    assert_eq!(written, headers([("content-profile", "custom")]));
    assert_eq!(body, json!({ "title": "a" }));
    assert!(format!("{:?}", custom.from("todos").select("*")).contains("custom.todos"));
}

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
    assert_eq!(list(&[""]), r#"in.("")"#);
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
fn order_limit_and_range() {
    let cases = [
        (todos().order("id", Order::asc()), "order=id.asc"),
        (
            todos().order("id", Order::asc().nulls_first()),
            "order=id.asc.nullsfirst",
        ),
        (
            todos().order("id", Order::desc().nulls_last()),
            "order=id.desc.nullslast",
        ),
        (
            todos()
                .order("a", Order::asc())
                .limit(3)
                .order("b", Order::desc()),
            "order=a.asc%2Cb.desc&limit=3",
        ),
        (
            todos().order("customers(name)", Order::asc()),
            "order=customers%28name%29.asc",
        ),
        (todos().limit(10), "limit=10"),
        (todos().limit(0), "limit=0"),
        (todos().range(10, 19), "offset=10&limit=10"),
        (todos().range(0, 0), "offset=0&limit=1"),
        (todos().limit(5).range(2, 3), "limit=2&offset=2"),
    ];
    for (query, rest) in cases {
        assert_eq!(line(query), format!("GET /rest/v1/todos?select=*&{rest}"));
    }
    for column in ["", "a,b", "a.desc,secret", "a)"] {
        assert!(
            request(todos().order(column, Order::asc())).is_err(),
            "{column}"
        );
    }
    for (from, to) in [(1, 0), (0, u64::MAX)] {
        assert!(request(todos().range(from, to)).is_err());
    }
}

#[test]
fn counts() {
    let (_, planned, _) = wire(todos().count(Count::Exact).count(Count::Planned));
    assert_eq!(planned, headers([("prefer", "count=planned")]));
    let (_, estimated, _) = wire(todos().count(Count::Estimated));
    assert_eq!(estimated, headers([("prefer", "count=estimated")]));
}

#[test]
fn inserts() {
    let row = json!({ "title": "a", "n": 1, "ok": true, "nothing": null });
    assert_eq!(
        wire(table("t").insert(&row)),
        ("POST /rest/v1/t".into(), headers([]), row)
    );

    let (line, prefer, _) = wire(table("t").insert(&json!({ "a": 1 })).select("id, a"));
    assert_eq!(line, "POST /rest/v1/t?select=id%2Ca");
    assert_eq!(prefer, headers([("prefer", "return=representation")]));

    let lines = [
        (
            json!([{ "my col": 1, "x,y": 2, "日": 3 }]),
            "?columns=%22my+col%22%2C%22x%2Cy%22%2C%22%E6%97%A5%22",
        ),
        (
            json!([{ "a": [{ "no": 1 }] }, { "b": 2, "a": 3 }]),
            "?columns=%22a%22%2C%22b%22",
        ),
        (
            json!([{ "we\"ird\\": 1 }]),
            "?columns=%22we%5C%22ird%5C%5C%22",
        ),
        (json!([]), ""),
        (json!([{}]), ""),
        (json!([1, 2]), ""),
        (json!({}), ""),
    ];
    for (rows, query) in lines {
        let (line, _, body) = wire(table("t").insert(&rows));
        assert_eq!((line, body), (format!("POST /rest/v1/t{query}"), rows));
    }
}

#[test]
fn what_does_not_serialize_is_an_error() {
    let keys = HashMap::from([((1, 2), 3)]);
    let error = request(table("t").insert(&keys)).err().unwrap();
    assert_eq!(
        error.to_string(),
        "insert into `t` was not sent: the value does not serialize to JSON: key must be a string"
    );
}

#[test]
fn upserts() {
    let (line, merge, _) = wire(table("t").upsert(&json!({ "id": 1 })));
    assert_eq!(line, "POST /rest/v1/t");
    assert_eq!(merge, headers([("prefer", "resolution=merge-duplicates")]));

    let rows = [json!({ "id": 1 }), json!({ "id": 2, "a": 3 })];
    let upsert = table("t")
        .upsert(&rows[..])
        .on_conflict("id")
        .ignore_duplicates()
        .select("id");
    let (line, ignore, body) = wire(upsert);
    assert_eq!(
        line,
        "POST /rest/v1/t?columns=%22id%22%2C%22a%22&on_conflict=id&select=id"
    );
    let prefer = "resolution=ignore-duplicates, return=representation";
    assert_eq!(ignore, headers([("prefer", prefer)]));
    assert_eq!(body, json!(rows));
}

#[test]
fn updates_and_deletes() {
    let (line, none, body) = wire(table("t").update(&json!({ "a": null })).is("b", Is::Null));
    assert_eq!(
        (line.as_str(), none.len()),
        ("PATCH /rest/v1/t?b=is.null", 0)
    );
    assert_eq!(body, json!({ "a": null }));

    let delete = table("t").delete().eq("title", "x#").eq("owner", "me");
    assert_eq!(
        wire(delete).0,
        "DELETE /rest/v1/t?title=eq.x%23&owner=eq.me"
    );
    let delete = table("t").delete().eq("id", 2).select("id");
    assert_eq!(wire(delete).0, "DELETE /rest/v1/t?id=eq.2&select=id");

    assert_eq!(wire(table("t").delete().all_rows()).0, "DELETE /rest/v1/t");
    assert_eq!(
        wire(table("t").update(&json!({})).all_rows()).0,
        "PATCH /rest/v1/t"
    );
    assert!(request(table("t").delete().eq("items.id", 1)).is_err());
    assert!(request(table("t").delete().eq("items.id", 1).eq("data->a.b", 1)).is_ok());
}

#[test]
fn calls() {
    let call = |arguments: Value| wire(schema().rpc("f", &arguments));
    assert_eq!(
        call(json!({ "a": [1] })),
        (
            "POST /rest/v1/rpc/f".into(),
            headers([]),
            json!({ "a": [1] })
        )
    );
    assert_eq!(call(Value::Null).2, json!({}));
    assert_eq!(wire(schema().rpc("a/b", &())).0, "POST /rest/v1/rpc/a%2Fb");

    let rows = schema()
        .rpc("list_todos", &())
        .select("id, title")
        .eq("done", false);
    let (line, prefer, body) = wire(rows.order("id", Order::asc()).limit(3));
    assert_eq!(
        line,
        "POST /rest/v1/rpc/list_todos?select=id%2Ctitle&done=eq.false&order=id.asc&limit=3"
    );
    assert_eq!(prefer, headers([("prefer", "return=representation")]));
    assert_eq!(body, json!({}));
}

/// The elements of a list, as PostgREST's grammar reads them (`QueryParams.hs`, `pListElement`):
/// `"…"` with `\x` for `x` if `,` or `)` follows, or else a run without `,` and `)`.
fn read_list(text: &str) -> Option<Vec<String>> {
    let mut rest = text.strip_prefix('(')?.trim_start_matches([' ', '\t']);
    let mut elements = Vec::new();
    loop {
        let (element, after) = read_quoted(rest)
            .filter(|(_, after)| after.starts_with([',', ')']))
            .or_else(|| {
                let end = rest.find([',', ')'])?;
                Some((rest[..end].to_owned(), &rest[end..]))
            })?;
        elements.push(element);
        match after.strip_prefix(',') {
            Some(next) => rest = next,
            None => return (after == ")").then_some(elements),
        }
    }
}

fn read_quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

/// Text in which what means something to a URL or to PostgREST is frequent.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\""),
        Just("\\"),
        Just(","),
        Just("("),
        Just(")"),
        Just("{"),
        Just("}"),
        Just(" "),
        Just("&"),
        Just("="),
        Just("#"),
        Just("?"),
        Just("/"),
        Just("%"),
        Just("%2F"),
        Just("."),
        Just(".."),
        Just("+"),
        Just("\n"),
        Just("\t"),
        Just(";"),
        Just("a"),
        Just("é"),
        Just("日"),
        Just("->"),
        Just("select"),
        Just("order"),
        Just("null"),
        Just("\u{1f469}"),
        Just("@"),
        Just(":"),
        Just("://evil.test"),
    ];
    prop_oneof![
        prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat()),
        any::<String>()
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn a_list_is_read_as_it_was_written(values in prop::collection::vec(nasty(), 1..6)) {
        let mut list = String::from("(");
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                list.push(',');
            }
            push_list_element(&mut list, value);
        }
        list.push(')');
        prop_assert_eq!(read_list(&list), Some(values), "{}", list);
    }

    #[test]
    fn nothing_escapes_its_place(name in nasty(), column in nasty(), value in nasty()) {
        let query = table(&name).select("*").eq(&column, &value).in_("id", [&value]);
        let Ok(request) = request(query) else {
            let refused = name.is_empty() || name == "." || name == ".."
                || name.contains(|c: char| c.is_control()) || column.trim().is_empty();
            prop_assert!(refused, "refused {:?}.{:?}", name, column);
            return Ok(());
        };
        let url = request.url;
        prop_assert_eq!(url.origin().ascii_serialization(), "https://project.test");
        prop_assert_eq!(url.fragment(), None);
        let path: Vec<_> = url.path().split('/').collect();
        prop_assert_eq!(&path[..3], ["", "rest", "v1"]);
        prop_assert_eq!(path.len(), 4);
        let pairs: Vec<_> = url.query_pairs().collect();
        prop_assert_eq!(pairs.len(), 3);
        prop_assert_eq!((&*pairs[0].0, &*pairs[0].1), ("select", "*"));
        prop_assert_eq!(pairs[1].0.replace('"', ""), column.replace('"', ""));
        prop_assert_eq!(&*pairs[1].1, format!("eq.{value}"));
        let list = pairs[2].1.strip_prefix("in.").and_then(read_list);
        prop_assert_eq!(list, Some(vec![value]));
    }
}
