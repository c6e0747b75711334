//! Select lists, tables and schemas.

use serde_json::json;

use super::{headers, line, schema, table, wire};

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
        (r#""a\" b", c"#, "%22a%5C%22+b%22%2Cc"),
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

    let custom = schema().named("custom");
    let read = wire(custom.from("todos").select("*"));
    assert_eq!(read.1, headers([("accept-profile", "custom")]));
    let (line, written, body) = wire(custom.from("todos").insert(json!({ "title": "a" })));
    assert_eq!(line, "POST /rest/v1/todos");
    assert_eq!(written, headers([("content-profile", "custom")]));
    assert_eq!(body, json!({ "title": "a" }));
    assert!(format!("{:?}", custom.from("todos").select("*")).contains("custom.todos"));
}
