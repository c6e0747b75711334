//! How a client handles servers that fail, tested against sockets on loopback.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

use super::error::{ClientError, ClientErrorKind};
use super::http::Timeouts;
use super::postgrest::Schema;
use super::test_support::{
    Answer, CountingTokens, TestServer, USER, as_user, http, http_with, short_timeouts,
};

#[derive(Debug, Deserialize, PartialEq)]
struct Todo {
    id: u32,
}

const EXPIRED: &str = r#"{"code":"PGRST303","details":null,"hint":null,"message":"JWT expired"}"#;

/// A client without retries, which are tested in `retry_tests`.
fn client(url: &Url) -> Schema {
    as_user(http(), url, Arc::default()).with_retries(false)
}

/// The client's error when a server answers a select with `answer`.
async fn error_of(answer: Answer) -> ClientError {
    let server = TestServer::start([answer]).await;
    let error = rows(&client(&server.url)).await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "sent once: {error}");
    error
}

async fn rows(client: &Schema) -> Result<Vec<Todo>, ClientError> {
    let error = client
        .from("todos")
        .select("id")
        .eq("title", "private")
        .rows()
        .await;
    if let Err(error) = &error {
        assert_nothing_leaks(error);
    }
    error
}

/// Panics if a credential, a query or a body appears in the error's texts.
fn assert_nothing_leaks(error: &ClientError) {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    for s3cret in [
        "anon-key", "user-jwt", "private", "select=", "eq.", "s3cret",
    ] {
        assert!(!text.contains(s3cret), "`{s3cret}` in {text}");
    }
}

#[tokio::test]
async fn a_server_that_is_down() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);

    let url = format!("http://{address}").parse().unwrap();
    let error = rows(&client(&url)).await.unwrap_err();

    assert!(error.is_network() && error.is_retryable());
    assert_eq!(error.status(), None);
    let text = error.to_string();
    assert!(
        text.starts_with(&format!(
            "select from `todos` failed: no connection to `{address}`: Connection refused"
        )),
        "{text}"
    );
}

/// Runs another test of this file in a process that has a proxy set.
#[test]
fn a_project_on_loopback_is_reached_without_the_proxy() {
    let this = std::env::current_exe().unwrap();
    let outcome = std::process::Command::new(this)
        .args([
            "--exact",
            "client::fault_tests::a_body_in_many_chunks_is_put_together",
        ])
        .envs(["HTTP_PROXY", "http_proxy"].map(|name| (name, "http://127.0.0.1:9")))
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&outcome.stdout);
    assert!(said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a_server_that_does_not_answer() {
    let server = TestServer::start([Answer::Silence]).await;
    let http = http_with(short_timeouts(), 1024);
    let client = as_user(http, &server.url, Arc::default());

    let error = rows(&client).await.unwrap_err();

    assert!(error.is_timeout() && error.is_retryable() && !error.is_network());
    assert!(
        error
            .to_string()
            .contains("no complete response from `127.0.0.1:"),
        "{error}"
    );
    assert!(error.to_string().ends_with("within 150ms"), "{error}");
}

#[tokio::test]
async fn a_server_that_stops_in_the_middle() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{";
    let server = TestServer::start([Answer::Stall(head.to_vec())]).await;
    let http = http_with(short_timeouts(), 1024);
    let client = as_user(http, &server.url, Arc::default());

    let error = rows(&client).await.unwrap_err();

    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn the_total_timeout_bounds_all_attempts() {
    let server = TestServer::start([Answer::json("401 Unauthorized", EXPIRED)]).await;
    let timeouts = Timeouts::default().total(Duration::from_millis(200));
    let client = as_user(http_with(timeouts, 1024), &server.url, Arc::default());

    let error = rows(&client).await.unwrap_err();

    assert!(error.is_timeout(), "{error}");
    assert!(
        error
            .to_string()
            .ends_with("within 200ms, all attempts together"),
        "{error}"
    );
}

#[tokio::test]
async fn html_instead_of_json() {
    let page = b"<!DOCTYPE html>\n<html><head><title>My\n shop</title><body>s3cret</body>";
    let html = "Content-Type: text/html; charset=utf-8\r\n";

    let error = error_of(Answer::with_headers("200 OK", html, page)).await;
    assert!(error.is_decode() && !error.is_retryable());
    let text = error.to_string();
    assert!(
        text.starts_with(
            "select from `todos` failed: the server answered HTML, not JSON (title: \"My shop\"); \
             is the URL a Supabase project? (expected a `alloc::vec::Vec<"
        ),
        "{text}"
    );

    let error = error_of(Answer::with_headers("404 Not Found", html, page)).await;
    assert_eq!(
        (error.kind(), error.status()),
        (ClientErrorKind::Server, Some(404))
    );
    assert!(error.message().ends_with("is the URL a Supabase project?"));

    let error = error_of(Answer::with_headers("502 Bad Gateway", html, page)).await;
    assert_eq!(
        error.message(),
        "the server answered HTML, not JSON (title: \"My shop\")"
    );
    assert!(error.is_retryable());
}

/// The error of a select by a list of `ids` ids.
async fn by_ids(server: &TestServer, ids: i64) -> ClientError {
    let query = client(&server.url).from("todos").select("id");
    let rows: Result<Vec<Todo>, _> = query.in_("id", 1_000_000..1_000_000 + ids).rows().await;
    let error = rows.unwrap_err();
    assert_nothing_leaks(&error);
    error
}

#[tokio::test]
async fn a_list_that_is_too_long_for_a_url() {
    let html = "Content-Type: text/html\r\n";
    for status in ["414 URI Too Long", "431 Request Header Fields Too Large"] {
        let refusal = Answer::with_headers(status, html, b"<html></html>");
        let server = TestServer::start([refusal]).await;
        let error = by_ids(&server, 2_000).await;
        assert_eq!(error.kind(), ClientErrorKind::Server);
        assert!(!error.is_retryable());
        let text = error.to_string();
        assert!(text.contains("its URL has 20056 bytes"), "{text}");
        assert!(
            text.contains("more than the server takes; send several requests"),
            "{text}"
        );
    }

    // In this case a header was too long.
    let refusal = Answer::json("431 Request Header Fields Too Large", r#"{"message":"m"}"#);
    let server = TestServer::start([refusal]).await;
    assert_eq!(by_ids(&server, 10).await.message(), "m");

    // Many servers do not answer. Some accept slightly longer URLs than others.
    let server = TestServer::start([Answer::Bytes(Vec::new())]).await;
    let error = by_ids(&server, 1_000).await;
    assert!(error.is_retryable() && error.message().contains("most servers take about 8000"));
    let server = TestServer::start([Answer::Bytes(Vec::new())]).await;
    let error = by_ids(&server, 2_000).await;
    assert_eq!(error.kind(), ClientErrorKind::TooLarge);
    assert!(!error.is_retryable() && error.message().contains("most servers take about 8000"));

    let server = TestServer::start([]).await;
    let error = by_ids(&server, 20_000).await;
    assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
    assert!(
        error
            .message()
            .contains("the limit is 65534; send several requests"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_short_url_is_not_to_blame() {
    let server = TestServer::start([Answer::Bytes(Vec::new())]).await;
    let error = by_ids(&server, 10).await;
    assert_eq!(error.kind(), ClientErrorKind::Network);
    assert!(error.is_retryable());
    let closed = "http://127.0.0.1:9".parse().unwrap();
    let query = client(&closed)
        .from("todos")
        .select("id")
        .in_("id", 0..5_000);
    let error = query.rows::<Todo>().await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Network, "{error}");
}

#[tokio::test]
async fn a_gateway_that_refuses_with_a_page_is_the_right_one() {
    let html = "Content-Type: text/html\r\n";
    for status in [
        "401 U",
        "403 Forbidden",
        "413 Too Large",
        "429 Too Many",
        "500 I",
        "503 S",
    ] {
        let page = Answer::with_headers(status, html, b"<html><title>x</title></html>");
        let error = error_of(page).await;
        assert!(
            !error.message().contains("Supabase project"),
            "{status}: {error}"
        );
    }
}

/// Covers every format in which a service may quote the headers that it was sent.
#[tokio::test]
async fn credentials_that_come_back_are_not_shown() {
    let headers = "apikey: anon-key, authorization: Bearer user-jwt-1";
    let json = "Content-Type: application/json\r\n";
    let html = "Content-Type: text/html\r\n";
    let tus = "Tus-Resumable: 1.0.0\r\n";
    let code = "Sb-Error-Code: user-jwt-1\r\n";
    let bodies = [
        (json, format!(r#"{{"message":"{headers}"}}"#)),
        (
            json,
            format!(r#"{{"message":"m","details":"{headers}","hint":"{headers}"}}"#),
        ),
        (json, format!(r#"{{"code":"{headers}","message":"m"}}"#)),
        (
            json,
            format!(r#"{{"error":"x","message":{{"headers":["{headers}"]}}}}"#),
        ),
        (html, format!("<html><title>{headers}</title></html>")),
        (
            html,
            format!(
                "<html><title>{} user-jwt-1</title></html>",
                "word ".repeat(12)
            ),
        ),
        (tus, headers.to_owned()),
        (code, String::new()),
    ];
    for (head, body) in bodies {
        for status in [
            "400 Bad Request",
            "401 Unauthorized",
            "500 Internal Server Error",
        ] {
            let answer = Answer::with_headers(status, head, body.as_bytes());
            let error = error_of(answer).await;
            let parts = [
                error.code(),
                error.details(),
                error.hint(),
                Some(error.message()),
            ];
            let text = format!("{error} {error:?} {parts:?}");
            for secret in ["anon-key", "user-jwt"] {
                assert!(!text.contains(secret), "{text}");
            }
            assert!(text.contains("[redacted]"), "{text}");
        }
    }
}

#[tokio::test]
async fn an_empty_body() {
    let error = error_of(Answer::with_headers("200 OK", "", b"")).await;
    assert!(error.is_decode());
    assert!(
        error
            .message()
            .starts_with("the server answered with an empty body (expected a ")
    );

    let error = error_of(Answer::with_headers("401 Unauthorized", "", b"")).await;
    assert!(error.is_unauthorized() && !error.is_retryable());
    assert_eq!(
        error.to_string(),
        "select from `todos` failed: the server answered with an empty body (401)"
    );
}

#[tokio::test]
async fn an_empty_body_is_right_where_nothing_is_asked_for() {
    let created = || Answer::with_headers("201 Created", "", b"");
    let server = TestServer::start([created(), created(), created()]).await;
    let client = client(&server.url);

    client
        .from("todos")
        .insert(json!({ "id": 1 }))
        .await
        .unwrap();
    client.rpc("touch", ()).execute::<()>().await.unwrap();
    assert_eq!(
        client
            .rpc("touch", ())
            .execute::<Option<u8>>()
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn a_truncated_body() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n[{\"id\":1}";
    let error = error_of(Answer::Bytes(head.to_vec())).await;

    assert!(error.is_network() && error.is_retryable());
    assert_eq!(error.status(), Some(200));
    assert!(
        error.message().contains("broke off after 9 bytes"),
        "{error}"
    );
}

#[tokio::test]
async fn truncated_json_and_a_foreign_content_type() {
    let error = error_of(Answer::json("200 OK", r#"[{"id":"#)).await;
    assert!(
        error.is_decode() && error.message().contains("ends too early"),
        "{error}"
    );

    let text = "Content-Type: text/plain\r\n";
    let error = error_of(Answer::with_headers("200 OK", text, b"s3cret")).await;
    assert!(
        error
            .message()
            .starts_with("the server answered `text/plain` (6 bytes), not JSON"),
        "{error}"
    );

    let server = TestServer::start([Answer::with_headers("200 OK", text, br#"[{"id":1}]"#)]).await;
    assert_eq!(rows(&client(&server.url)).await.unwrap(), [Todo { id: 1 }]);
}

#[tokio::test]
async fn a_server_error_with_retry_after() {
    let busy = "Content-Type: application/json\r\nRetry-After: 7\r\n";
    let body = br#"{"code":"PGRST003","message":"Timed out acquiring connection","details":null}"#;
    let error = error_of(Answer::with_headers("504 Gateway Timeout", busy, body)).await;
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.code(), Some("PGRST003"));

    let at = std::time::SystemTime::now() + Duration::from_secs(100);
    let date = format!("Retry-After: {}\r\n", httpdate::fmt_http_date(at));
    let error = error_of(Answer::with_headers(
        "503 Service Unavailable",
        &date,
        b"{}",
    ))
    .await;
    let wait = error.retry_after().unwrap();
    assert!((90..=100).contains(&wait.as_secs()), "{wait:?}");

    // Adding the wait to the time of day must not overflow.
    for for_ever in ["18446744073709551615", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let header = format!("Retry-After: {for_ever}\r\n");
        let error = error_of(Answer::with_headers("429 Too Many Requests", &header, b"")).await;
        assert_eq!(error.retry_after(), Some(Duration::from_secs(24 * 60 * 60)));
    }

    let error = error_of(Answer::with_headers("503 Service Unavailable", "", b"{}")).await;
    assert_eq!(
        error.message(),
        "the server gives no reason for its status 503 Service Unavailable"
    );
}

#[tokio::test]
async fn a_redirect_takes_no_credentials_along() {
    let other = TestServer::start([Answer::json("200 OK", "[]")]).await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
    ] {
        let to = format!("Location: {}collect?token=s3cret\r\n", other.url);
        let error = error_of(Answer::with_headers(status, &to, b"")).await;

        assert_eq!(error.kind(), ClientErrorKind::Redirect);
        assert!(!error.is_retryable());
        let origin = other.url.origin().ascii_serialization();
        assert!(
            error
                .to_string()
                .contains(&format!("redirects to `{origin}`,")),
            "{error}"
        );
    }
    assert_eq!(other.requests(), [""; 0]);
}

#[tokio::test]
async fn a_redirect_within_the_host_is_not_followed_either() {
    let error = error_of(Answer::with_headers(
        "308 Permanent Redirect",
        "Location: /x\r\n",
        b"",
    ))
    .await;
    assert_eq!(error.kind(), ClientErrorKind::Redirect);
    assert!(
        error
            .to_string()
            .contains("redirects to another path on the same host"),
        "{error}"
    );
}

#[tokio::test]
async fn three_hundred_is_an_error_of_postgrest() {
    let body = r#"{"code":"PGRST201","details":[{"cardinality":"many-to-one"}],
        "hint":"Try changing 'users' to one of the following","message":"Could not embed"}"#;
    let error = error_of(Answer::json("300 Multiple Choices", body)).await;
    assert_eq!(error.kind(), ClientErrorKind::Server);
    assert_eq!(error.code(), Some("PGRST201"));
    assert_eq!(error.details(), Some(r#"[{"cardinality":"many-to-one"}]"#));
}

#[tokio::test]
async fn a_huge_body() {
    let long = "x".repeat(2000);
    let body = format!(r#"[{{"id":1,"text":"{long}"}}]"#);
    let announced = Answer::json("200 OK", &body);
    let chunked = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
        body.len()
    );
    let compressed = Answer::with_headers("200 OK", "Content-Encoding: gzip\r\n", &gzip(&body));

    for answer in [announced, Answer::Bytes(chunked.into_bytes()), compressed] {
        let server = TestServer::start([answer]).await;
        let http = http_with(Timeouts::default(), 1000);
        let error = rows(&as_user(http, &server.url, Arc::default()))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::TooLarge);
        assert!(!error.is_retryable());
        assert!(
            error
                .message()
                .contains("longer than the limit of 1000 bytes"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_body_announced_beyond_all_memory() {
    let mut head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n",
        u64::MAX / 2
    );
    // More than is read at once, so that the body comes in several chunks.
    head.push_str(&" ".repeat(1 << 20));
    let server = TestServer::start([Answer::Bytes(head.into_bytes())]).await;
    let http = http_with(Timeouts::default(), u64::MAX);
    let client = as_user(http, &server.url, Arc::default()).with_retries(false);
    let error = rows(&client).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Network);
    assert!(error.message().contains("broke off after"), "{error}");
}

#[tokio::test]
async fn gzip_is_asked_for_and_read() {
    let answer = Answer::with_headers(
        "200 OK",
        "Content-Encoding: gzip\r\n",
        &gzip(r#"[{"id":5}]"#),
    );
    let server = TestServer::start([answer]).await;

    assert_eq!(rows(&client(&server.url)).await.unwrap(), [Todo { id: 5 }]);

    let request = server.requests().remove(0).to_ascii_lowercase();
    assert!(request.contains("accept-encoding: gzip\r\n"), "{request}");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_body_in_many_chunks_is_put_together() {
    let mut answer = String::from("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for byte in r#"[{"id":12345}]"#.chars() {
        answer.push_str(&format!("1\r\n{byte}\r\n"));
    }
    answer.push_str("0\r\n\r\n");
    let server = TestServer::start([Answer::Bytes(answer.into_bytes())]).await;

    assert_eq!(
        rows(&client(&server.url)).await.unwrap(),
        [Todo { id: 12345 }]
    );
}

#[tokio::test]
async fn an_expired_token_is_replaced_and_the_request_sent_again() {
    let older = r#"{"code":"PGRST301","message":"JWT expired"}"#;
    let head = "WWW-Authenticate: Bearer error=\"invalid_token\", \
                error_description=\"JWT expired\"\r\nProxy-Status: PostgREST; error=PGRST303\r\n";
    let expired = [
        Answer::json("401 Unauthorized", EXPIRED),
        Answer::json("401 Unauthorized", older),
        Answer::with_headers("401 Unauthorized", head, b""),
    ];
    for answer in expired {
        let server = TestServer::start([answer, Answer::json("201 Created", r#"{"id":1}"#)]).await;
        let tokens = Arc::new(CountingTokens::default());
        let client = as_user(http(), &server.url, Arc::clone(&tokens));

        let todo: Todo = client
            .from("todos")
            .insert(json!({ "id": 1 }))
            .select("id")
            .single()
            .await
            .unwrap();

        assert_eq!(todo, Todo { id: 1 });
        assert_eq!(tokens.refreshed.load(Ordering::SeqCst), 1);
        let [first, second] = <[String; 2]>::try_from(server.requests()).unwrap();
        assert!(
            first.contains("authorization: Bearer user-jwt-1\r\n"),
            "{first}"
        );
        // The same request with its body, except for the token.
        assert_eq!(second, first.replace("user-jwt-1", "user-jwt-2"));
        assert!(second.ends_with("\r\n\r\n{\"id\":1}"));
        assert!(second.contains(concat!(
            "user-agent: supabase-task/",
            env!("CARGO_PKG_VERSION")
        )));
    }
}

#[tokio::test]
async fn a_token_is_replaced_only_once() {
    let expired = || Answer::json("401 Unauthorized", EXPIRED);
    let server = TestServer::start([expired(), expired(), Answer::json("200 OK", "[]")]).await;
    let tokens = Arc::new(CountingTokens::default());
    let error = rows(&as_user(http(), &server.url, Arc::clone(&tokens)))
        .await
        .unwrap_err();

    assert!(error.is_unauthorized() && !error.is_retryable());
    assert_eq!(tokens.refreshed.load(Ordering::SeqCst), 1);
    assert_eq!(server.requests().len(), 2);
    assert_eq!(
        error.to_string(),
        "select from `todos` failed: JWT expired (401, code PGRST303); \
         do the clocks of this machine and the server agree?"
    );
}

#[tokio::test]
async fn another_401_is_not_sent_again() {
    let bodies = [
        r#"{"code":"PGRST301","message":"JWT cryptographic operation failed"}"#,
        r#"{"code":"PGRST303","message":"JWT issued at future"}"#,
        r#"{"message":"Invalid API key","hint":"Double check your Supabase `anon` key."}"#,
    ];
    for body in bodies {
        let error = error_of(Answer::json("401 Unauthorized", body)).await;
        assert!(error.is_unauthorized());
    }
}

#[tokio::test]
async fn row_level_security_names_the_identity() {
    let body = r#"{"code":"42501","details":null,"hint":null,
        "message":"new row violates row-level security policy for table \"todos\""}"#;
    let server = TestServer::start([Answer::json("403 Forbidden", body)]).await;
    let error = client(&server.url)
        .from("todos")
        .insert(json!({ "id": 1 }))
        .await
        .unwrap_err();

    assert!(error.is_row_level_security() && !error.is_retryable() && !error.is_unauthorized());
    assert_eq!(
        error.to_string(),
        format!(
            "insert into `todos` failed: new row violates row-level security policy for table \
             \"todos\" (403, code 42501); ran as user {USER}; \
             is there a policy that lets this identity do it?"
        )
    );
}

/// For example, a table's trigger calls the queue with the rights of the user who writes the row.
#[tokio::test]
async fn a_queue_that_a_user_may_not_call_is_not_to_be_granted() {
    for object in ["schema supabase_task", "function trigger"] {
        let message = format!("permission denied for {object}");
        let body = json!({ "code": "42501", "details": null, "hint": null, "message": message });
        let error = error_of(Answer::json("403 Forbidden", &body.to_string())).await;
        let text = error.to_string();
        assert!(text.contains("supabase_task.trigger_on"), "{text}");
        assert!(!text.contains("is missing"), "{text}");
    }
}

#[tokio::test]
async fn counts_come_from_the_content_range() {
    let range = |range: &str, body: &str| {
        let headers = format!("Content-Type: application/json\r\nContent-Range: {range}\r\n");
        Answer::with_headers("206 Partial Content", &headers, body.as_bytes())
    };
    let server = TestServer::start([
        range("0-1/42", r#"[{"id":1},{"id":2}]"#),
        range("*/3", ""),
        range("*/7", ""),
        range("0-1/*", "[]"),
    ])
    .await;
    let client = client(&server.url);

    let page = client
        .from("t")
        .select("*")
        .limit(2)
        .with_count::<Todo>()
        .await
        .unwrap();
    assert_eq!((page.rows.len(), page.count), (2, 42));
    assert_eq!(
        client
            .from("t")
            .delete()
            .all_rows()
            .affected_rows()
            .await
            .unwrap(),
        3
    );
    assert_eq!(client.from("t").select("*").head().await.unwrap(), 7);
    let error = client
        .from("t")
        .select("*")
        .with_count::<Todo>()
        .await
        .unwrap_err();
    assert!(error.is_decode());
    assert!(server.requests()[2].starts_with("HEAD /rest/v1/t?select=* "));
}

#[tokio::test]
async fn maybe_single_reads_at_most_one() {
    let none = r#"{"code":"PGRST116","details":"The result contains 0 rows","message":"…"}"#;
    let many = r#"{"code":"PGRST116","details":"The result contains 10 rows","message":"…"}"#;
    let server = TestServer::start([
        Answer::json("200 OK", "[]"),
        Answer::json("200 OK", r#"[{"id":1}]"#),
        Answer::json("200 OK", r#"[{"id":1},{"id":2}]"#),
        Answer::json("406 Not Acceptable", none),
        Answer::json("406 Not Acceptable", many),
        Answer::json("200 OK", r#"{"id":3}"#),
        Answer::json("200 OK", "null"),
    ])
    .await;
    let client = client(&server.url);

    let select = || client.from("t").select("id").maybe_single::<Todo>();
    assert_eq!(select().await.unwrap(), None);
    assert_eq!(select().await.unwrap(), Some(Todo { id: 1 }));
    let error = select().await.unwrap_err();
    assert_eq!(
        (error.status(), error.code()),
        (Some(406), Some("PGRST116"))
    );
    assert!(!error.is_not_found());

    let update = || {
        let update = client.from("t").update(json!({ "a": 1 })).gt("id", 1);
        update.select("id").maybe_single::<Todo>()
    };
    assert_eq!(update().await.unwrap(), None);
    let error = update().await.unwrap_err();
    assert!(!error.is_not_found(), "ten rows are not none");

    let call = || client.rpc("f", ()).maybe_single::<Todo>();
    assert_eq!(call().await.unwrap(), Some(Todo { id: 3 }));
    assert_eq!(call().await.unwrap(), None);
}

#[tokio::test]
async fn nothing_is_sent_after_a_mistake() {
    let server = TestServer::start([Answer::json("200 OK", "[]")]).await;
    let client = client(&server.url);
    let table = || client.from("todos");

    let unfiltered = "it has no filter, so it would change every row; add one such as \
                      `.eq(\"id\", id)`, or `.all_rows()` if every row is meant";
    let embedded = table().delete().eq("items.sku", "x").await;
    let outcomes = [
        (table().update(json!({ "a": 1 })).await, unfiltered),
        (table().delete().await, unfiltered),
        // This filters the embedded rows and deletes every todo.
        (embedded, unfiltered),
        (table().delete().eq("", 1).await, "a filter has no column"),
        (
            table()
                .select("*")
                .range(5, 3)
                .execute::<Value>()
                .await
                .map(drop),
            "`range` ends at 3, before it starts at 5",
        ),
        (
            client.from("..").insert(json!({})).await,
            "`..` is not a name",
        ),
        (
            client.from("a\n").insert(json!({})).await,
            "`a\\n` is not a name",
        ),
    ];
    for (outcome, message) in outcomes {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
        assert!(error.message().starts_with(message), "{error}");
        assert!(error.to_string().contains(" was not sent: "), "{error}");
    }
    assert_eq!(server.requests(), [""; 0]);
}

#[tokio::test]
async fn a_request_that_is_dropped_is_cancelled() {
    use tokio::io::AsyncReadExt;

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = client(&url.parse().unwrap());
    let call = tokio::spawn(async move { rows(&client).await });

    let (mut connection, _) = listener.accept().await.unwrap();
    let mut buffer = [0; 4096];
    let request = connection.read(&mut buffer).await.unwrap();
    assert!(buffer[..request].starts_with(b"GET "));
    call.abort();

    // The server sees the connection end, and can stop its work.
    assert_eq!(connection.read(&mut buffer).await.unwrap(), 0);
}

/// Interim responses that never end, faster than they can be read. On a runtime of one thread they end later:
/// hyper reads them as long as there are any, and tokio checks its timers only after 61 such turns.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interim_answers_do_not_outlive_the_limit() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let read = stream.read(&mut request).unwrap();
        assert!(request[..read].ends_with(b"\r\n\r\n"));
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(1000);
        // Until the client hangs up.
        while stream.write_all(hints.as_bytes()).is_ok() {}
    });
    let client = as_user(
        http_with(short_timeouts(), 1000),
        &url.parse().unwrap(),
        Arc::default(),
    );
    let error = rows(&client.with_retries(false)).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Timeout, "{error}");
    server.join().unwrap();
}
