//! Values and rows that postrust alone would answer differently from PostgREST.

use super::*;

pub(super) async fn started(sql: &str) -> LocalSupabase {
    LocalSupabase::builder().sql(sql).start().await.unwrap()
}

/// A request of the service role, with a JSON body if there is one.
pub(super) fn service(
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
pub(super) async fn rows_of(
    stack: &LocalSupabase,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Value {
    let request = service(stack, method, path, body).header("prefer", "return=representation");
    let (status, rows) = send(request).await;
    assert!(status.is_success(), "{status} {rows}");
    rows
}

pub(super) async fn got(stack: &LocalSupabase, path: &str) -> Value {
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

const FAMILY: &str = "
    create table parent (id int primary key, title text);
    create table kid (id int primary key, parent_id int references parent, name text, data jsonb);
    create table toy (id int primary key, kid_id int references kid, data jsonb);
    create function shout(kid) returns text language sql immutable as 'select upper($1.name)';
    create function parents() returns setof parent language sql stable as 'select * from parent';
    insert into parent values (1, 'p');
    insert into kid values (1, 1, 'k', '{\"x\": 1}');
    insert into toy values (1, 1, '{\"x\": 1}');";

#[tokio::test]
async fn an_embed_has_all_that_a_table_has() {
    let stack = started(FAMILY).await;
    let row = json!({ "id": 1, "name": "k", "parent_id": 1, "data": { "x": 1 }, "shout": "K" });
    for (query, expected) in [
        (
            "select=id,kid(id::text)",
            json!({ "id": 1, "kid": [{ "id": "1" }] }),
        ),
        ("select=k:kid(n:id::text)", json!({ "k": [{ "n": "1" }] })),
        ("select=...kid(id::text)", json!({ "id": ["1"] })),
        (
            "select=kid(toy(id,\"id\"::text))",
            json!({ "kid": [{ "toy": [{ "id": "1" }] }] }),
        ),
        (
            "select=kid(...toy(data->x))",
            json!({ "kid": [{ "x": [1] }] }),
        ),
        ("select=kid(data->>x)", json!({ "kid": [{ "x": "1" }] })),
        ("select=kid(*,shout)", json!({ "kid": [row] })),
        (
            "select=k:kid(id)&k.order=data->x",
            json!({ "k": [{ "id": 1 }] }),
        ),
        (
            "select=k:kid(id)&kid.order=shout&kid.shout=eq.K",
            json!({ "k": [{ "id": 1 }] }),
        ),
        ("select=kid(count)", json!({ "kid": [{ "count": 1 }] })),
        (
            "select=kid(count)&kid.id=gt.1",
            json!({ "kid": [{ "count": 0 }] }),
        ),
    ] {
        for (method, path) in [
            (Method::GET, format!("parent?{query}")),
            (Method::GET, format!("rpc/parents?{query}")),
            (Method::PATCH, format!("parent?id=eq.1&{query}")),
        ] {
            let body = (method == Method::PATCH).then(|| json!({ "title": "p" }));
            let found = rows_of(&stack, method, &format!("/rest/v1/{path}"), body).await;
            assert_eq!(found, json!([expected]), "{path}");
        }
    }
}

#[tokio::test]
async fn an_embed_takes_no_column_from_the_table_around_it() {
    let stack = started(FAMILY).await;
    for query in [
        "select=title,kid(title)",
        "select=title,kid(id)&kid.order=title",
        "select=title,...kid(title)",
    ] {
        let (status, error) = send(service(
            &stack,
            Method::GET,
            &format!("/rest/v1/parent?{query}"),
            None,
        ))
        .await;
        assert_eq!(
            (status, &error["code"]),
            (StatusCode::BAD_REQUEST, &json!("42703")),
            "{query} {error}"
        );
        assert_eq!(error["message"], "column kid_1.title does not exist");
    }
}

#[tokio::test]
async fn a_plain_embed_is_answered() {
    let stack = started(FAMILY).await;
    let kid = json!({ "id": 1, "name": "k" });
    for (query, expected) in [
        (
            "select=title::text,kid(id,name)",
            json!([{ "title": "p", "kid": [kid] }]),
        ),
        (
            "select=kid(n:name)&kid.order=name.desc",
            json!([{ "kid": [{ "n": "k" }] }]),
        ),
        (
            "select=k:kid(id,toy(id))&k.toy.order=id",
            json!([{ "k": [{ "id": 1, "toy": [{ "id": 1 }] }] }]),
        ),
        ("select=id,kid!inner()", json!([{ "id": 1 }])),
        (
            "select=*,kid(id,*,parent(title))",
            json!([{ "id": 1, "title": "p", "kid": [
            { "id": 1, "name": "k", "parent_id": 1, "data": { "x": 1 }, "parent": { "title": "p" } }] }]),
        ),
    ] {
        assert_eq!(
            got(&stack, &format!("/rest/v1/parent?{query}")).await,
            expected,
            "{query}"
        );
    }
    let aggregate = service(
        &stack,
        Method::GET,
        "/rest/v1/parent?select=kid(id.sum())",
        None,
    );
    let (status, error) = send(aggregate).await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::BAD_REQUEST, &json!("PGRST123")),
        "{error}"
    );
}

#[tokio::test]
async fn null_is_null_as_an_argument() {
    let stack = started(
        "create function t(v text) returns boolean language sql as 'select v is null';
         create function i(v int) returns boolean language sql as 'select v is null';
         create function j(v jsonb) returns boolean language sql as 'select v is null';
         create function a(v text[]) returns text[] language sql as 'select v';
         create function d(v text default 'x', w text default 'y') returns text language sql as 'select coalesce(v, ''-'') || w';
         create function deep(v jsonb) returns jsonb language sql as 'select v';
         create function body(json) returns json language sql as 'select $1';",
    )
    .await;
    for (function, body, expected) in [
        ("t", json!({ "v": null }), json!(true)),
        ("t", json!({ "v": "" }), json!(false)),
        ("t", json!({ "v": "null" }), json!(false)),
        ("i", json!({ "v": null }), json!(true)),
        ("j", json!({ "v": null }), json!(true)),
        (
            "a",
            json!({ "v": ["a", null, "null", "NULL"] }),
            json!(["a", null, "null", "NULL"]),
        ),
        ("d", json!({ "v": null }), json!("-y")),
        ("d", json!({ "w": "z" }), json!("xz")),
        (
            "deep",
            json!({ "v": [1, null, { "n": null }] }),
            json!([1, null, { "n": null }]),
        ),
        ("body", json!({ "v": null }), json!({ "v": null })),
    ] {
        let path = format!("/rest/v1/rpc/{function}");
        let found = rows_of(&stack, Method::POST, &path, Some(body.clone())).await;
        assert_eq!(found, expected, "{function}({body})");
    }
}

/// What a user may do who may write, but not read.
#[tokio::test]
async fn a_write_that_returns_no_rows_needs_no_right_to_read() {
    let stack = started(
        "create table logs (id int generated always as identity, line text);
         alter table logs enable row level security;
         create policy append on logs for insert to authenticated with check (true);
         create table drops (id int generated always as identity, line text);
         revoke all on drops from anon, authenticated;
         grant insert on drops to authenticated;",
    )
    .await;
    let token = user_token(&stack, ALICE);
    for table in ["logs", "drops"] {
        for (prefer, range) in [
            ("return=minimal", "*/*"),
            ("return=minimal, count=exact", "*/2"),
        ] {
            let insert = request(
                &stack,
                Method::POST,
                &format!("/rest/v1/{table}"),
                stack.publishable_key(),
            )
            .bearer_auth(&token)
            .header("prefer", prefer)
            .header("content-type", "application/json")
            .body(json!([{ "line": "a" }, { "line": "b" }]).to_string());
            let response = insert.send().await.unwrap();
            assert_eq!(
                (response.status(), &response.headers()["content-range"]),
                (StatusCode::CREATED, &range.parse().unwrap()),
                "{table}"
            );
            assert_eq!(response.text().await.unwrap(), "");
        }
        let path = format!("/rest/v1/{table}");
        let insert = request(&stack, Method::POST, &path, stack.publishable_key())
            .bearer_auth(&token)
            .header("prefer", "return=representation")
            .header("content-type", "application/json")
            .body(json!({ "line": "a" }).to_string());
        let (status, error) = send(insert).await;
        assert_eq!(
            (status, &error["code"]),
            (StatusCode::FORBIDDEN, &json!("42501")),
            "{table} {error}"
        );
        assert_eq!(
            got(&stack, &format!("{path}?select=id"))
                .await
                .as_array()
                .unwrap()
                .len(),
            4
        );
    }
}

#[tokio::test]
async fn a_counted_write_says_how_many_rows() {
    let stack =
        started("create table t (id int primary key, n int); insert into t values (1, 1), (2, 2);")
            .await;
    for (method, path, body, prefer, expected) in [
        (
            Method::PATCH,
            "t?id=gt.0",
            Some(json!({ "n": 3 })),
            "count=exact",
            (StatusCode::NO_CONTENT, "0-1/2", ""),
        ),
        (
            Method::PATCH,
            "t?id=gt.9",
            Some(json!({ "n": 3 })),
            "count=exact",
            (StatusCode::NO_CONTENT, "*/0", ""),
        ),
        (
            Method::POST,
            "t?select=id",
            Some(json!({ "id": 3 })),
            "count=planned,return=representation",
            (StatusCode::CREATED, "*/1", "[{\"id\":3}]"),
        ),
        (
            Method::DELETE,
            "t?id=gt.1",
            None,
            "count=exact",
            (StatusCode::NO_CONTENT, "*/2", ""),
        ),
    ] {
        let write =
            service(&stack, method, &format!("/rest/v1/{path}"), body).header("prefer", prefer);
        let response = write.send().await.unwrap();
        let range = response.headers()["content-range"].clone();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(
            (status, range.to_str().unwrap(), text.as_str()),
            expected,
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_rows_of_a_write_need_the_right_to_their_columns() {
    let stack = started(
        "create table t (id int primary key, n int, secret text);
         create view w as select * from t;
         revoke all on t, w from authenticated;
         grant select (id, n), insert (id, n) on t, w to authenticated;",
    )
    .await;
    let token = user_token(&stack, ALICE);
    for (at, table) in ["t", "w"].into_iter().enumerate() {
        for (select, status) in [
            ("", StatusCode::FORBIDDEN),
            ("?select=id,secret", StatusCode::FORBIDDEN),
            ("?select=id,n", StatusCode::CREATED),
        ] {
            let insert = request(
                &stack,
                Method::POST,
                &format!("/rest/v1/{table}{select}"),
                stack.publishable_key(),
            )
            .bearer_auth(&token)
            .header("prefer", "return=representation")
            .header("content-type", "application/json")
            .body(json!({ "id": at, "n": 1 }).to_string());
            let (found, answer) = send(insert).await;
            assert_eq!(found, status, "{table}{select} {answer}");
        }
    }
}

#[tokio::test]
async fn a_functions_own_columns_are_selected_filtered_ordered_and_limited() {
    let stack = started(
        "create function f() returns table (n int, at timestamptz, tags text[]) language sql as $$
           select n, '2026-01-01Z'::timestamptz + n * interval '1 day', array['t' || n]
           from generate_series(1, 3) n $$;
         create function one(out n int, out m double precision) language sql as 'select 1, 2.5::float8';
         create function single(out n money) language sql as 'select 1.5::money';",
    )
    .await;
    for (path, expected) in [
        (
            "f?select=n&order=n.desc",
            json!([{ "n": 3 }, { "n": 2 }, { "n": 1 }]),
        ),
        (
            "f?select=n::text&n=gt.1&limit=1&order=n",
            json!([{ "n": "2" }]),
        ),
        ("f?select=n&at=gt.2026-01-03T00:00:00Z", json!([{ "n": 3 }])),
        ("f?select=tags&tags=cs.{t2}", json!([{ "tags": ["t2"] }])),
        ("f?select=k:n&offset=2&order=n", json!([{ "k": 3 }])),
        (
            "f?n=eq.1",
            json!([{ "n": 1, "at": "2026-01-02T00:00:00+00:00", "tags": ["t1"] }]),
        ),
        ("one", json!({ "n": 1, "m": 2.5 })),
        ("one?select=m", json!({ "m": 2.5 })),
        ("single", json!({ "n": "$1.50" })),
    ] {
        assert_eq!(
            got(&stack, &format!("/rest/v1/rpc/{path}")).await,
            expected,
            "{path}"
        );
    }
    let counted = service(&stack, Method::GET, "/rest/v1/rpc/f?n=gt.1&limit=1", None)
        .header("prefer", "count=exact");
    assert_eq!(
        counted.send().await.unwrap().headers()["content-range"],
        "0-0/2"
    );
}

#[tokio::test]
async fn the_values_of_a_function_are_limited() {
    let stack = started(
        "create function numbers(up_to int) returns setof int language sql as 'select generate_series(1, up_to)';",
    )
    .await;
    let path = "/rest/v1/rpc/numbers?up_to=9&limit=2&offset=3";
    assert_eq!(got(&stack, path).await, json!([4, 5]));
    let path = "/rest/v1/rpc/numbers?limit=1";
    let counted = service(&stack, Method::POST, path, Some(json!({ "up_to": 9 })))
        .header("prefer", "count=exact");
    let response = counted.send().await.unwrap();
    assert_eq!(response.headers()["content-range"], "0-0/9");
    assert_eq!(response.text().await.unwrap(), "[1]");
    let all = got(&stack, "/rest/v1/rpc/numbers?up_to=1500").await;
    assert_eq!(all.as_array().unwrap().len(), 1000);
}
