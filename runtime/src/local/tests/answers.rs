//! Values and rows that postrust alone would answer differently from PostgREST.

use super::*;

async fn started(sql: &str) -> LocalSupabase {
    LocalSupabase::builder().sql(sql).start().await.unwrap()
}

/// A request of the service role, with a JSON body if there is one.
fn service(
    stack: &LocalSupabase,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> RequestBuilder {
    let request = request(stack, method, path, stack.secret_key());
    match body {
        Some(body) => request
            .header("content-type", "application/json")
            .body(body.to_string()),
        None => request,
    }
}

/// The answer to `method`, with the rows of a write.
async fn rows_of(stack: &LocalSupabase, method: Method, path: &str, body: Option<Value>) -> Value {
    let request = service(stack, method, path, body).header("prefer", "return=representation");
    let (status, rows) = send(request).await;
    assert!(status.is_success(), "{status} {rows}");
    rows
}

async fn got(stack: &LocalSupabase, path: &str) -> Value {
    rows_of(stack, Method::GET, path, None).await
}

#[tokio::test]
async fn a_write_has_no_row_limit_but_a_read_and_a_function_have() {
    let stack = started(
        "create table many (n int primary key);
         create function all_of_many() returns setof many language sql as 'select * from many';",
    )
    .await;
    let rows: Value = (0..1500).map(|n| json!({ "n": n })).collect();
    let length = |rows: Value| rows.as_array().unwrap().len();
    let path = "/rest/v1/many";
    assert_eq!(
        length(rows_of(&stack, Method::POST, path, Some(rows)).await),
        1500
    );
    assert_eq!(length(got(&stack, path).await), 1000);
    let called = rows_of(
        &stack,
        Method::POST,
        "/rest/v1/rpc/all_of_many",
        Some(json!({})),
    )
    .await;
    assert_eq!(length(called), 1000);

    let all = format!("{path}?n=gte.0");
    let counted = service(&stack, Method::PATCH, &all, Some(json!({ "n": 7 })))
        .header("prefer", "count=exact");
    assert_eq!(send(counted).await.0, StatusCode::CONFLICT);
    let counted = service(&stack, Method::DELETE, &all, None).header("prefer", "count=exact");
    let response = counted.send().await.unwrap();
    assert_eq!(response.headers()["content-range"], "*/1500");
}

/// Each value stands beside the JSON that PostgreSQL writes for it.
const VALUES: [(&str, &str, &str); 12] = [
    ("timestamp", "infinity", r#""infinity""#),
    ("timestamptz", "-infinity", r#""-infinity""#),
    ("date", "infinity", r#""infinity""#),
    (
        "timestamptz",
        "2026-01-02 03:04:05.12+00",
        r#""2026-01-02T03:04:05.12+00:00""#,
    ),
    (
        "timestamp",
        "2026-01-02 03:04:05.1",
        r#""2026-01-02T03:04:05.1""#,
    ),
    (
        "timestamp",
        "0044-03-15 12:00:00 BC",
        r#""0044-03-15T12:00:00 BC""#,
    ),
    ("time", "03:04:05.10", r#""03:04:05.1""#),
    ("money", "1.50", r#""$1.50""#),
    ("oid", "7", r#""7""#),
    ("numeric", "1.10", "1.10"),
    ("float4", "NaN", r#""NaN""#),
    ("text[]", r#"{a,"b c"}"#, r#"["a","b c"]"#),
];

#[tokio::test]
async fn a_value_is_written_as_postgresql_writes_it_wherever_it_stands() {
    let mut sql =
        String::from("create table parent (id int primary key); insert into parent values (1);");
    for (at, (kind, value, _)) in VALUES.iter().enumerate() {
        sql.push_str(&format!(
            "create table v{at} (id int primary key references parent, v {kind}, t text);
             insert into v{at} values (1, '{value}', '{value}');
             create function c(v{at}) returns {kind} language sql as 'select $1.v';
             create function f{at}() returns {kind} language sql as 'select v from v{at}';
             create function s{at}() returns setof {kind} language sql as 'select v from v{at}';
             create function r{at}() returns setof v{at} language sql as 'select * from v{at}';
             create function o{at}() returns table (v {kind}) language sql as 'select v from v{at}';"
        ));
    }
    let stack = started(&sql).await;
    for (at, (kind, value, expected)) in VALUES.iter().enumerate() {
        let table = format!("/rest/v1/v{at}");
        let one = |key: &str| format!(r#"[{{"{key}":{expected}}}]"#);
        let cast = kind.replace("text[]", "_text");
        for (path, expected) in [
            (format!("{table}?select=v"), one("v")),
            (format!("{table}?select=c"), one("c")),
            (format!("{table}?select=t::{cast}"), one("t")),
            (
                format!("/rest/v1/parent?select=v{at}(v)"),
                format!(r#"[{{"v{at}":{{"v":{expected}}}}}]"#),
            ),
            (format!("/rest/v1/parent?select=...v{at}(v)"), one("v")),
            (format!("/rest/v1/rpc/f{at}"), (*expected).to_owned()),
            (format!("/rest/v1/rpc/s{at}"), format!("[{expected}]")),
            (format!("/rest/v1/rpc/r{at}?select=v"), one("v")),
            (format!("/rest/v1/rpc/o{at}"), one("v")),
        ] {
            assert_eq!(got(&stack, &path).await.to_string(), expected, "{path}");
        }
        for (method, body) in [
            (Method::PATCH, Some(json!({ "v": value }))),
            (Method::DELETE, None),
        ] {
            let path = format!("{table}?id=eq.1&select=v");
            let rows = rows_of(&stack, method, &path, body).await;
            assert_eq!(rows.to_string(), one("v"), "{path}");
        }
        let path = format!("{table}?select=v");
        let row = json!({ "id": 1, "v": value });
        assert_eq!(
            rows_of(&stack, Method::POST, &path, Some(row))
                .await
                .to_string(),
            one("v")
        );
    }
}
