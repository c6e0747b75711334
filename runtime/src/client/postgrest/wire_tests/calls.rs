//! Calls of functions.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};

use super::super::Order;
use super::{headers, mistake, parameters, request, schema, wire};
use crate::client::http::Body;
use crate::client::test_support::{Answer, Sent, TestServer, as_user, http};

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
    assert_eq!(wire(schema().rpc("a/b", ())).0, "POST /rest/v1/rpc/a%2Fb");

    let rows = schema()
        .rpc("list_todos", ())
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

#[test]
fn calls_by_get() {
    let arguments = json!({
        "a": "x,y \"z\"", "b": 1.5, "c": true, "d": null, "e": ["a,b", null, "NULL", ""],
        "f": { "k": [1] }, "limit": 3, "a.b": 1, "we\"ird": 2,
    });
    let query = schema().rpc("f", &arguments).eq("done", false).get();
    let mut parameters = parameters(query);
    let filter = parameters.pop().unwrap();
    assert_eq!(filter, ("done".to_owned(), "eq.false".to_owned()));
    parameters.sort();
    let expected = [
        ("\"a.b\"", "1"),
        ("\"limit\"", "3"),
        ("\"we\\\"ird\"", "2"),
        ("a", "x,y \"z\""),
        ("b", "1.5"),
        ("c", "true"),
        ("d", "null"),
        ("e", "{\"a,b\",NULL,\"NULL\",\"\"}"),
        ("f", "{\"k\":[1]}"),
    ];
    assert_eq!(
        parameters,
        expected.map(|(key, value)| (key.to_owned(), value.to_owned()))
    );

    let call = request(schema().rpc("f", &arguments).get()).unwrap();
    assert_eq!(call.method, Method::GET);
    assert!(matches!(call.body, Body::Empty));
    assert_eq!(wire(schema().rpc("f", ()).get()).0, "GET /rest/v1/rpc/f");
}

#[test]
fn an_argument_is_never_a_filter() {
    for text in [
        "eq.1",
        "not.a",
        "in.(1)",
        "like(any).{a}",
        "fts(english).cat",
    ] {
        let query = schema().rpc("f", json!({ "say": text })).get();
        assert!(mistake(query).contains("the argument `say` as a filter"));
    }
    assert!(request(schema().rpc("f", json!({ "say": "eq.1" }))).is_ok());
}

#[test]
fn arguments_are_an_object() {
    for arguments in [json!([1]), json!(1), json!("a")] {
        let mistake = mistake(schema().rpc("f", &arguments));
        assert!(mistake.contains("must be an object"), "{mistake}");
    }
}

/// Answers each request with only a count, and returns the requests.
async fn heads(server: &TestServer) -> Vec<Sent> {
    let requests = server.requests();
    requests.iter().map(|request| Sent::new(request)).collect()
}

#[tokio::test]
async fn the_head_of_a_call_sends_objects_by_post() {
    let counted = || Answer::with_headers("200 OK", "Content-Range: 0-4/5\r\n", b"");
    let server = TestServer::start((0..5).map(|_| counted())).await;
    let client = as_user(http(), &server.url, Arc::default());
    let arguments = [
        json!({ "a": 1, "list": [[1, 2], [3]], "text": "{", "texts": ["{", "["] }),
        json!({ "point": { "x": 1 } }),
        json!({ "a": 1, "points": [{ "x": 1 }] }),
        json!({ "deep": [[[{ "x": 1 }]]] }),
        json!({ "empty": {} }),
    ];
    for arguments in &arguments {
        let count = client.rpc("f", arguments).head().await.unwrap();
        assert_eq!(count, 5);
    }
    let sent = heads(&server).await;
    assert!(sent[0].line.starts_with("HEAD /rest/v1/rpc/f?a=1&list="));
    assert_eq!(sent[0].header("prefer"), Some("count=exact"));
    for (sent, arguments) in sent.iter().zip(&arguments).skip(1) {
        assert_eq!(sent.line, "POST /rest/v1/rpc/f");
        assert_eq!(sent.json(), *arguments);
        let prefer = sent.header("prefer").unwrap();
        let mut tokens: Vec<_> = prefer.split(", ").collect();
        tokens.sort_unstable();
        assert_eq!(tokens, ["count=exact", "return=minimal"]);
    }
}

#[tokio::test]
async fn a_head_without_a_count_asks_for_none() {
    let server = TestServer::start([
        Answer::with_headers("200 OK", "Content-Range: 0-4/*\r\n", b""),
        Answer::with_headers("403 Forbidden", "", b""),
    ])
    .await;
    let client = as_user(http(), &server.url, Arc::default());
    let select = || client.from("todos").select("id").eq("a", 1);
    select().head_without_count().await.unwrap();
    let error = select().head_without_count().await.unwrap_err();
    assert_eq!(error.status(), Some(403), "{error}");
    for sent in heads(&server).await {
        assert_eq!(sent.line, "HEAD /rest/v1/todos?select=id&a=eq.1");
        assert_eq!(sent.header("prefer"), None);
    }
}
