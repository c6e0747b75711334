//! Which requests a client retries, and which it does not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::error::{ClientErrorKind, Failure, Service};
use super::postgrest::Schema;
use super::test_support::{Answer, TestServer, as_user, http};
use super::transport::{Operation, Request, Retries, RetryBudget};
use http::{Method, StatusCode};

/// Asks for a retry at once, so that no test waits.
fn away(status: &str) -> Answer {
    Answer::with_headers(status, "Retry-After: 0\r\n", b"{}")
}

fn found() -> Answer {
    Answer::json("200 OK", "[]")
}

fn client(url: &Url) -> Schema {
    as_user(http(), url, Arc::default())
}

async fn rows(client: &Schema) -> Result<Vec<Value>, super::ClientError> {
    client.from("todos").select("id").rows().await
}

#[tokio::test]
async fn a_read_is_sent_again_until_the_server_is_back() {
    let unknown_error = "520 Web Server Returned an Unknown Error";
    let server = TestServer::start([
        away("503 Service Unavailable"),
        away(unknown_error),
        away("503 Service Unavailable"),
        found(),
    ])
    .await;

    rows(&client(&server.url)).await.unwrap();

    let counts: Vec<_> = server.requests().iter().map(|sent| count(sent)).collect();
    assert_eq!(counts, [None, Some(1), Some(2), Some(3)]);
}

/// The number in `X-Retry-Count`.
fn count(request: &str) -> Option<u32> {
    request
        .lines()
        .find_map(|line| line.strip_prefix("x-retry-count: ")?.parse().ok())
}

#[tokio::test]
async fn a_read_is_given_up_after_three_retries() {
    let server = TestServer::start([(); 5].map(|()| away("503 Service Unavailable"))).await;
    let error = rows(&client(&server.url)).await.unwrap_err();
    assert_eq!(error.status(), Some(503));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_count_is_sent_again_too() {
    let counted = Answer::with_headers("200 OK", "Content-Range: */3\r\n", b"");
    let server = TestServer::start([away("503 Service Unavailable"), counted]).await;
    let count = client(&server.url).from("todos").select("*").head().await;
    assert_eq!(count.unwrap(), 3);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again_after_a_second() {
    let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n[{";
    let server = TestServer::start([Answer::Bytes(half.to_vec()), found()]).await;
    let started = Instant::now();

    rows(&client(&server.url)).await.unwrap();

    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_function_called_by_get_is_sent_again_unless_it_is_told_otherwise() {
    let server = TestServer::start([away("503 Service Unavailable"), found()]).await;
    let call = || client(&server.url).rpc("f", ()).get();
    call().rows::<Value>().await.unwrap();
    assert_eq!(server.requests().len(), 2);

    let server = TestServer::start([away("503 Service Unavailable"), found()]).await;
    let call = client(&server.url).rpc("f", ()).get().retry(false);
    call.rows::<Value>().await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_write_is_never_sent_again() {
    let server = TestServer::start([(); 5].map(|()| away("503 Service Unavailable"))).await;
    let client = client(&server.url);
    let row = json!({ "id": 1 });

    client.from("t").insert(&row).await.unwrap_err();
    client.from("t").upsert(&row).await.unwrap_err();
    client.from("t").update(&row).eq("id", 1).await.unwrap_err();
    client.from("t").delete().eq("id", 1).await.unwrap_err();
    client.rpc("f", ()).retry(true).await.unwrap_err();

    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn other_refusals_are_not_sent_again() {
    let statuses = [
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "504 Gateway Timeout",
        "404 Not Found",
    ];
    let server = TestServer::start(statuses.map(away)).await;
    for _ in statuses {
        rows(&client(&server.url)).await.unwrap_err();
    }
    assert_eq!(server.requests().len(), statuses.len());
}

#[tokio::test]
async fn retries_are_switched_off_for_a_client_or_a_query() {
    let server = TestServer::start([(); 2].map(|()| away("503 Service Unavailable"))).await;
    let off = client(&server.url).with_retries(false);
    rows(&off).await.unwrap_err();
    let query = client(&server.url).from("todos").select("id").retry(false);
    query.rows::<Value>().await.unwrap_err();
    assert_eq!(server.requests().len(), 2);

    let server = TestServer::start([away("503 Service Unavailable"), found()]).await;
    let on = client(&server.url).with_retries(false).from("todos");
    on.select("id").retry(true).rows::<Value>().await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_wait_that_would_pass_the_deadline_is_not_begun() {
    let wait = Answer::with_headers("503 Service Unavailable", "Retry-After: 9\r\n", b"{}");
    let server = TestServer::start([wait, found()]).await;
    let deadline = Instant::now() + Duration::from_secs(8);

    let error = rows(&client(&server.url).with_deadline(deadline))
        .await
        .unwrap_err();

    assert_eq!(error.retry_after(), Some(Duration::from_secs(9)));
    assert!(Instant::now() < deadline);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn the_deadline_ends_a_call() {
    let server = TestServer::start([Answer::Silence]).await;
    let deadline = Instant::now() + Duration::from_millis(100);

    let error = rows(&client(&server.url).with_deadline(deadline))
        .await
        .unwrap_err();

    assert!(error.is_timeout());
    assert_eq!(
        error.to_string(),
        "select from `todos` failed: the deadline of the client passed before the response was \
         complete"
    );
}

#[tokio::test]
async fn a_later_deadline_does_not_lift_the_one_there_is() {
    let server = TestServer::start([Answer::Silence]).await;
    let now = Instant::now();
    let client = client(&server.url)
        .with_deadline(now + Duration::from_millis(100))
        .with_deadline(now + Duration::from_secs(60));
    assert!(rows(&client).await.unwrap_err().is_timeout());
    assert!(now.elapsed() < Duration::from_secs(30));
}

fn request(service: Service, method: Method) -> Request {
    let url = Url::parse("http://project.test").unwrap();
    Request::new(Operation::new("test"), service, method, url)
}

static BUDGET: RetryBudget = RetryBudget::new();

fn network() -> Failure {
    Failure::new(ClientErrorKind::Network, "no connection")
}

#[test]
fn waits_double_and_the_server_can_say_otherwise() {
    let mut retries = Retries::new(
        &request(Service::Database, Method::GET),
        true,
        None,
        &BUDGET,
    );
    let waits: Vec<_> = (0..4).map(|_| retries.after(&network())).collect();
    let least: Vec<_> = (waits.iter().flatten())
        .map(Duration::as_secs_f64)
        .collect();
    assert_eq!((least.len(), waits[3]), (3, None));
    for (wait, said) in least.into_iter().zip([1.0, 2.0, 4.0]) {
        assert!((said..said * 1.25).contains(&wait), "{wait} for {said}");
    }

    let timeout = Failure::new(ClientErrorKind::Timeout, "no answer");
    let refused = Failure::new(ClientErrorKind::Server, "no").with_status(StatusCode::BAD_REQUEST);
    for failure in [timeout, refused] {
        let mut retries = Retries::new(
            &request(Service::Database, Method::GET),
            true,
            None,
            &BUDGET,
        );
        assert_eq!(retries.after(&failure), None);
    }
}

#[test]
fn functions_and_writes_are_left_to_the_caller() {
    for (service, method) in [
        (Service::Functions, Method::GET),
        (Service::Database, Method::POST),
        (Service::Storage, Method::PUT),
        (Service::Auth, Method::DELETE),
    ] {
        let mut retries = Retries::new(&request(service, method), true, None, &BUDGET);
        assert_eq!(retries.after(&network()), None);
    }
}

/// In a fleet that waits for a service that is down, each program sends few additional requests.
#[tokio::test]
async fn a_service_that_is_down_is_not_asked_four_times_as_often() {
    const CALLS: usize = 60;
    let answers = (0..CALLS * 4).map(|_| away("503 Service Unavailable"));
    let server = TestServer::start(answers).await;
    let client = client(&server.url);
    for _ in 0..CALLS {
        rows(&client).await.unwrap_err();
    }
    assert_eq!(server.requests().len(), CALLS + 100);
}
