//! The requests of the calls, compared with those of supabase-js 2.119, and how the answers are read.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::auth::Principal;
use crate::client::error::{ClientError, ClientErrorKind};
use crate::client::test_support::{
    Answer, Sent, TestServer, assert_hides, http, http_with, key_transport, short_timeouts,
    user_transport,
};

fn ok() -> Answer {
    Answer::json("200 OK", "null")
}

async fn sent(call: impl FnOnce(Functions) -> Invoke) -> Sent {
    let server = TestServer::start([ok()]).await;
    let functions = Functions::new(user_transport(http(), &server.url));
    call(functions).await.unwrap();
    Sent::new(&server.requests().remove(0))
}

/// The error of a call with a mistake, which must not reach the server.
async fn mistake(call: impl FnOnce(Functions) -> Invoke) -> String {
    let server = TestServer::start([]).await;
    let functions = Functions::new(user_transport(http(), &server.url));
    let error = call(functions).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
    assert!(server.requests().is_empty());
    assert_hides(&error, &["s3cret"]);
    error.to_string()
}

async fn error_of(answer: Answer) -> ClientError {
    let server = TestServer::start([answer]).await;
    let functions = Functions::new(user_transport(http(), &server.url));
    let call = functions.invoke("hello").json(&json!({ "a": "s3cret" }));
    let error = call.execute::<Value>().await.unwrap_err();
    assert_hides(&error, &["s3cret", "anon-key", "user-jwt"]);
    assert_eq!(server.requests().len(), 1, "sent once: {error}");
    error
}

#[tokio::test]
async fn without_a_body() {
    let sent = sent(|functions| functions.invoke("hello")).await;
    assert_eq!(sent.line, "POST /functions/v1/hello");
    assert_eq!(sent.header("content-type"), None);
    assert_eq!(sent.header("apikey"), Some("anon-key"));
    assert_eq!(sent.header("authorization"), Some("Bearer user-jwt-1"));
    assert_eq!(sent.body, "");
}

#[tokio::test]
async fn every_kind_of_body() {
    let text = sent(|functions| functions.invoke("hello").text("plain é")).await;
    assert_eq!(text.header("content-type"), Some("text/plain"));
    assert_eq!(text.body, "plain é");

    let bytes = sent(|functions| functions.invoke("hello").bytes(vec![1, 2, 3])).await;
    assert_eq!(
        bytes.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(bytes.body.as_bytes(), [1, 2, 3]);

    // Falsy values too, for which supabase-js sends no body.
    for body in [json!({ "a": 1 }), json!(0), json!(""), Value::Null] {
        let json = sent(|functions| functions.invoke("hello").json(&body)).await;
        assert_eq!(json.header("content-type"), Some("application/json"));
        assert_eq!(json.json(), body);
    }
}

#[tokio::test]
async fn a_content_type_of_the_callers_wins() {
    let sent = sent(|functions| {
        functions
            .invoke("hello")
            .header("Content-Type", "application/vnd.x+json")
            .header("x-a", "replaced")
            .json(&json!({ "a": 1 }))
            .header("X-A", "b")
    })
    .await;
    assert_eq!(sent.header("content-type"), Some("application/vnd.x+json"));
    assert_eq!(sent.header("x-a"), Some("b"));
    assert_eq!(sent.json(), json!({ "a": 1 }));
}

#[tokio::test]
async fn every_method() {
    let methods = [
        (FunctionMethod::Get, "GET"),
        (FunctionMethod::Put, "PUT"),
        (FunctionMethod::Patch, "PATCH"),
        (FunctionMethod::Delete, "DELETE"),
    ];
    for (method, name) in methods {
        let sent = sent(|functions| functions.invoke("hello").method(method)).await;
        assert_eq!(sent.line, format!("{name} /functions/v1/hello"));
    }
}

#[tokio::test]
async fn paths_and_queries_stay_what_they_are() {
    let lines = [
        (
            sent(|functions| functions.invoke("hello/world?x=a b&y=%26+")).await,
            "POST /functions/v1/hello/world?x=a+b&y=%26+",
        ),
        (
            sent(|functions| {
                functions
                    .invoke("hello")
                    .segment("../admin?x#y/z%2F")
                    .query("a&b", "c=d&é")
            })
            .await,
            "POST /functions/v1/hello/..%2Fadmin%3Fx%23y%2Fz%252F?a%26b=c%3Dd%26%C3%A9",
        ),
    ];
    for (sent, line) in lines {
        assert_eq!(sent.line, line);
    }
    for outside in [
        "",
        "..",
        "hello/../../../auth/v1/admin",
        "hello//x",
        "a/./b",
    ] {
        let text = mistake(|functions| functions.invoke(outside)).await;
        assert!(text.contains("is not a name"), "{text}");
    }
}

#[tokio::test]
async fn a_region_is_a_header_and_a_query() {
    let here = sent(|functions| {
        functions
            .region(FunctionRegion::UsEast1)
            .invoke("hello?forceFunctionRegion=x&a=1")
            .region(FunctionRegion::EuCentral1)
    })
    .await;
    assert_eq!(here.header("x-region"), Some("eu-central-1"));
    assert_eq!(
        here.line,
        "POST /functions/v1/hello?a=1&forceFunctionRegion=eu-central-1"
    );
    let other = sent(|functions| {
        functions
            .region(FunctionRegion::Other("eu-north-1".into()))
            .invoke("hello")
    })
    .await;
    assert_eq!(other.header("x-region"), Some("eu-north-1"));
    for anywhere in [FunctionRegion::Any, FunctionRegion::Other("any".into())] {
        let any = sent(|functions| functions.invoke("hello").region(anywhere)).await;
        assert_eq!(
            (any.header("x-region"), any.line.as_str()),
            (None, "POST /functions/v1/hello")
        );
    }
}

#[tokio::test]
async fn a_new_key_is_no_bearer_and_a_legacy_key_is() {
    for (key, bearer) in [
        ("sb_secret_abc", None),
        ("service-key", Some("Bearer service-key")),
    ] {
        let server = TestServer::start([ok()]).await;
        let transport = key_transport(http(), &server.url, key, Principal::Service);
        Functions::new(transport).invoke("hello").await.unwrap();
        let sent = Sent::new(&server.requests()[0]);
        assert_eq!(sent.header("apikey"), Some(key));
        assert_eq!(sent.header("authorization"), bearer);
    }
}

#[tokio::test]
async fn mistakes_are_told_and_nothing_is_sent() {
    for name in ["apikey", "Authorization"] {
        let text = mistake(|functions| functions.invoke("hello").header(name, "s3cret")).await;
        assert!(text.contains("set by the client"), "{text}");
    }
    for (name, value) in [
        ("host", "evil"),
        ("content-length", "1"),
        ("Upgrade", "h2c"),
        ("TE", "trailers"),
        ("proxy-authorization", "s3cret"),
        ("a b", "c"),
        ("a", "s3cret\n"),
    ] {
        mistake(|functions| functions.invoke("hello").header(name, value)).await;
    }
    let text = mistake(|functions| {
        functions
            .invoke("hello")
            .method(FunctionMethod::Get)
            .text("s3cret")
    })
    .await;
    assert!(text.contains("a GET has no body"), "{text}");
    let region = FunctionRegion::Other("a\r\nb".into());
    mistake(|functions| functions.invoke("hello").region(region)).await;
}

#[tokio::test]
async fn an_answer_of_any_kind() {
    let server = TestServer::start([
        Answer::with_headers(
            "201 Created",
            "Content-Type: text/plain; charset=utf-8\r\nX-A: b\r\n",
            "é".as_bytes(),
        ),
        Answer::with_headers("200 OK", "Content-Type: application/pdf\r\n", &[0xff, 0xfe]),
        Answer::with_headers("204 No Content", "", b""),
    ])
    .await;
    let functions = Functions::new(user_transport(http(), &server.url));

    let text = functions.invoke("hello").response().await.unwrap();
    assert_eq!(
        (text.status(), text.content_type()),
        (201, Some("text/plain"))
    );
    assert_eq!((text.header("x-a"), text.text().unwrap()), (Some("b"), "é"));
    assert!(text.json::<Value>().unwrap_err().is_decode());

    let pdf = functions.invoke("hello").response().await.unwrap();
    assert!(pdf.text().unwrap_err().is_decode());
    assert_eq!(pdf.bytes().as_ref(), [0xff, 0xfe]);
    assert_eq!(
        format!("{pdf:?}"),
        r#"FunctionResponse { status: 200, content_type: Some("application/pdf"), length: 2, .. }"#
    );

    let nothing = functions.invoke("hello").execute::<Option<u8>>().await;
    assert_eq!(nothing.unwrap(), None);
}

#[tokio::test]
async fn a_functions_refusal_is_the_callers_to_read() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Refusal {
        reason: String,
    }

    let body = r#"{"reason":"s3cret"}"#;
    let error = error_of(Answer::json("402 Payment Required", body)).await;
    assert_eq!(
        (error.kind(), error.status()),
        (ClientErrorKind::Server, Some(402))
    );
    assert_eq!(
        error.to_string(),
        "invoke `hello` failed: it answered with 19 bytes (402)"
    );
    let answer = error.function_response().unwrap();
    let reason = "s3cret".to_owned();
    assert_eq!(answer.json::<Refusal>().unwrap(), Refusal { reason });
    assert!(!format!("{answer:?}").contains("s3cret"));
    // If the answer cannot be read, the error belongs to the same call and does not show the answer either.
    let unread = answer.json::<u8>().unwrap_err();
    assert_eq!(unread.status(), Some(402));
    assert_hides(&unread, &["s3cret"]);

    let error = error_of(Answer::with_headers(
        "500 Internal Server Error",
        "",
        b"s3cret",
    ))
    .await;
    assert_eq!(error.function_response().unwrap().text().unwrap(), "s3cret");
    assert!(error.is_retryable());

    for body in [
        r#"{"message":"out of paper","details":"s3cret","hint":"s3cret"}"#,
        r#"{"error":"out of paper","message":{"why":"s3cret"}}"#,
    ] {
        let error = error_of(Answer::json("500 Internal Server Error", body)).await;
        assert_eq!(error.message(), "out of paper");
    }
}

#[tokio::test]
async fn the_relay_is_asked_before_the_status() {
    let headers = "x-relay-error: true\r\nContent-Type: application/json\r\n";
    for status in ["200 OK", "502 Bad Gateway"] {
        let body = br#"{"code":"BOOT_ERROR","message":"Function failed to start"}"#;
        let error = error_of(Answer::with_headers(status, headers, body)).await;
        assert_eq!(error.kind(), ClientErrorKind::Relay);
        assert_eq!(error.code(), Some("BOOT_ERROR"));
        assert!(error.is_retryable());
        let answer = error.function_response().unwrap();
        assert!(status.starts_with(&answer.status().to_string()));
    }
    let headers = "x-relay-error: false\r\n";
    let server = TestServer::start([Answer::with_headers("200 OK", headers, b"1")]).await;
    let functions = Functions::new(user_transport(http(), &server.url));
    assert_eq!(functions.invoke("hello").execute::<u8>().await.unwrap(), 1);
}

#[tokio::test]
async fn gateways_answer_before_any_function() {
    let page = b"<html><title>504 Gateway Time-out</title>s3cret</html>";
    let headers = "Content-Type: text/html\r\n";
    let error = error_of(Answer::with_headers("504 Gateway Timeout", headers, page)).await;
    assert!(error.message().contains("504 Gateway Time-out"), "{error}");
    assert!(error.is_retryable() && error.auth_code().is_none());

    let headers = "sb-error-code: UNAUTHORIZED_NO_AUTH_HEADER\r\n";
    let error = error_of(Answer::with_headers("401 Unauthorized", headers, b"")).await;
    assert!(error.is_unauthorized());
    assert_eq!(error.code(), Some("UNAUTHORIZED_NO_AUTH_HEADER"));

    let body = r#"{"code":"NOT_FOUND","message":"Requested function was not found"}"#;
    let error = error_of(Answer::json("404 Not Found", body)).await;
    assert_eq!(
        (error.status(), error.code()),
        (Some(404), Some("NOT_FOUND"))
    );

    let error = error_of(Answer::json("200 OK", "{")).await;
    assert!(error.is_decode());
}

#[tokio::test]
async fn not_even_a_get_is_sent_twice() {
    let server = TestServer::start([Answer::json("503 Service Unavailable", "{}"), ok()]).await;
    let functions = Functions::new(user_transport(http(), &server.url));
    let get = functions.invoke("hello").method(FunctionMethod::Get);
    assert_eq!(get.await.unwrap_err().status(), Some(503));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_call_ends_in_time() {
    let server = TestServer::start([Answer::Silence, Answer::Silence, Answer::Silence]).await;
    let functions = Functions::new(user_transport(http(), &server.url));
    let short = Duration::from_millis(100);

    let call = functions.invoke("slow").timeout(short);
    assert!(call.response().await.unwrap_err().is_timeout());
    let call = functions.invoke("slow").timeout(short);
    assert!(call.stream().await.unwrap_err().is_timeout());

    let functions = Functions::new(user_transport(
        http_with(short_timeouts(), 1024),
        &server.url,
    ));
    let call = functions.invoke("slow").timeout(Duration::MAX);
    assert!(call.await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn events_come_one_by_one_until_the_function_ends() {
    let body = "data: {\"n\":1}\n\nevent: done\ndata: s3cret\n\n";
    let headers = "Content-Type: text/event-stream\r\n";
    let server = TestServer::start([
        Answer::with_headers("200 OK", headers, body.as_bytes()),
        Answer::with_headers("200 OK", headers, body.as_bytes()),
    ])
    .await;
    let functions = Functions::new(user_transport(http(), &server.url));

    let mut answer = functions.invoke("chat").text("hi").stream().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.event().await.unwrap().unwrap().data, "{\"n\":1}");
    let done = answer.event().await.unwrap().unwrap();
    assert_eq!(
        (done.event.as_str(), done.data.as_str()),
        ("done", "s3cret")
    );
    assert!(!format!("{done:?} {answer:?}").contains("s3cret"));
    assert_eq!(answer.event().await.unwrap(), None);

    let mut answer = functions.invoke("chat").stream().await.unwrap();
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.unwrap() {
        bytes.extend_from_slice(&chunk);
    }
    assert_eq!(bytes, body.as_bytes());
}

#[tokio::test]
async fn a_stream_that_breaks_or_stalls_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ndata: 1\n\ndata";
    let server = TestServer::start([
        Answer::Bytes(head.into()),
        Answer::Stall(head.into()),
        Answer::json("409 Conflict", "{}"),
    ])
    .await;
    let transport = user_transport(http_with(short_timeouts(), 1024), &server.url);
    let functions = Functions::new(transport);

    let mut broken = functions.invoke("chat").stream().await.unwrap();
    assert_eq!(broken.event().await.unwrap().unwrap().data, "1");
    assert!(broken.event().await.unwrap_err().is_network());
    let mut stalled = functions.invoke("chat").stream().await.unwrap();
    assert_eq!(stalled.event().await.unwrap().unwrap().data, "1");
    assert!(stalled.event().await.unwrap_err().is_timeout());
    let refused = functions.invoke("chat").stream().await.unwrap_err();
    assert_eq!(refused.function_response().unwrap().status(), 409);
}

#[test]
fn debug_shows_no_data_and_futures_can_move() {
    fn check<T: Send + 'static>(_: T) {}
    let url = "http://127.0.0.1:1".parse().unwrap();
    let functions = Functions::new(user_transport(http(), &url));
    let call = || {
        functions
            .invoke("hello/s3cret?s3cret=s3cret")
            .header("x-a", "s3cret")
            .text("s3cret")
    };
    assert_eq!(
        format!("{:?}", call()),
        r#"Invoke { function: Some("hello"), method: Post, region: "any", .. }"#
    );
    assert!(!format!("{functions:?}").contains("anon-key"));
    check(call().into_future());
    check(call().execute::<u8>());
    check(call().response());
    check(call().stream());
}
