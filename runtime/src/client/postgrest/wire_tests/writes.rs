//! Writes.

use std::collections::HashMap;

use serde_json::json;

use super::super::{Count, Is, Order};
use super::{headers, mistake, request, table, wire};

#[test]
fn inserts() {
    let row = json!({ "title": "a", "n": 1, "ok": true, "nothing": null });
    assert_eq!(
        wire(table("t").insert(&row)),
        ("POST /rest/v1/t".into(), headers([]), row)
    );

    let (line, prefer, _) = wire(table("t").insert(json!({ "a": 1 })).select("id, a"));
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
    let (line, merge, _) = wire(table("t").upsert(json!({ "id": 1 })));
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
    let (line, none, body) = wire(table("t").update(json!({ "a": null })).is("b", Is::Null));
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
        wire(table("t").update(json!({})).all_rows()).0,
        "PATCH /rest/v1/t"
    );
    assert!(request(table("t").delete().eq("items.id", 1)).is_err());
    assert!(request(table("t").delete().eq("items.id", 1).eq("data->a.b", 1)).is_ok());
}

#[test]
fn options_of_writes() {
    let rows = [json!({ "a": 1 }), json!({ "b": 2 })];
    let insert = table("t").insert(&rows[..]).default_to_null(false);
    let (line, prefer, _) = wire(insert.count(Count::Exact));
    assert_eq!(line, "POST /rest/v1/t?columns=%22a%22%2C%22b%22");
    let expected = "missing=default, count=exact";
    assert_eq!(prefer, headers([("prefer", expected)]));

    let (line, _, _) = wire(
        table("t")
            .update(json!({ "a": 1 }))
            .eq("id", 2)
            .select("id")
            .order("id", Order::asc()),
    );
    assert_eq!(line, "PATCH /rest/v1/t?id=eq.2&select=id&order=id.asc");
}

#[test]
fn conflict_columns_stay_columns() {
    let upsert = |columns: &str| table("t").upsert(json!({})).on_conflict(columns);
    let cases = [
        ("id", "id"),
        ("a, b", "a%2Cb"),
        ("a.b", "%22a.b%22"),
        ("\"a,b\",c", "%22a%2Cb%22%2Cc"),
        ("a&select=secret", "%22a%26select%3Dsecret%22"),
    ];
    for (columns, encoded) in cases {
        let expected = format!("POST /rest/v1/t?on_conflict={encoded}");
        assert_eq!(wire(upsert(columns)).0, expected);
    }
    for columns in ["", "a,", "\"a"] {
        assert!(mistake(upsert(columns)).contains("is not a list of columns"));
    }
}
