//! The requests of the calls, and how answers that no queue gives are handled.
//! `tests/stack/queues.rs` tests what a real database does with the requests.

use serde_json::{Value, json};

use super::*;
use crate::client::error::ClientErrorKind;
use crate::client::test_support::{Answer, Sent, TestServer, assert_hides, http, user_transport};

async fn sent<T>(
    answer: &str,
    call: impl AsyncFnOnce(Queue) -> Result<T, ClientError>,
) -> (Sent, T) {
    let server = TestServer::start([Answer::json("200 OK", answer)]).await;
    let queue = Queue::new(user_transport(http(), &server.url), "mails");
    let value = call(queue).await.unwrap();
    let sent = Sent::new(&server.requests()[0]);
    assert_eq!(sent.header("content-profile"), Some("pgmq_public"));
    assert_eq!(sent.header("content-type"), Some("application/json"));
    (sent, value)
}

async fn error_of<T>(
    answer: Answer,
    call: impl AsyncFnOnce(Queue) -> Result<T, ClientError>,
) -> ClientError {
    let server = TestServer::start([answer]).await;
    let queue = Queue::new(user_transport(http(), &server.url), "mails");
    let error = call(queue).await.map(drop).unwrap_err();
    assert_hides(&error, &["s3cret", "anon-key", "user-jwt"]);
    error
}

#[tokio::test]
async fn every_call() {
    let (send, id) = sent("[7]", async |queue| queue.send(&json!({ "a": 1 })).await).await;
    assert_eq!(send.line, "POST /rest/v1/rpc/send");
    assert_eq!(
        (send.json(), id),
        (
            json!({ "queue_name": "mails", "message": { "a": 1 }, "sleep_seconds": 0 }),
            7
        )
    );

    let (send, ids) = sent("[7,8]", async |queue| {
        let delay = Duration::from_secs(60);
        queue.send_batch(&["a", "b"]).delay(delay).await
    })
    .await;
    assert_eq!(send.line, "POST /rest/v1/rpc/send_batch");
    assert_eq!(
        (send.json(), ids),
        (
            json!({ "queue_name": "mails", "messages": ["a", "b"], "sleep_seconds": 60 }),
            vec![7, 8]
        )
    );

    let (read, messages) = sent("[]", async |queue| {
        queue.read::<Value>(Duration::from_secs(30), 5).await
    })
    .await;
    assert_eq!(read.line, "POST /rest/v1/rpc/read");
    assert_eq!(
        read.json(),
        json!({ "queue_name": "mails", "sleep_seconds": 30, "n": 5 })
    );
    assert_eq!(messages, []);

    let row = r#"[{"msg_id":7,"read_ct":2,"enqueued_at":"2026-01-01T00:00:00+00:00",
        "vt":"2026-01-01T00:00:30+00:00","message":"a","headers":{"x":1},"something_new":1}]"#;
    let (pop, message) = sent(row, async |queue| queue.pop::<String>().await).await;
    assert_eq!(pop.line, "POST /rest/v1/rpc/pop");
    assert_eq!(pop.json(), json!({ "queue_name": "mails" }));
    let message = message.unwrap();
    assert_eq!(
        (message.id, message.read_count, message.message.as_str()),
        (7, 2, "a")
    );
    assert_eq!(message.headers, Some(json!({ "x": 1 })));

    let (archive, was_there) = sent("true", async |queue| queue.archive(7).await).await;
    assert_eq!(archive.line, "POST /rest/v1/rpc/archive");
    assert!(was_there);
    let (delete, was_there) = sent("false", async |queue| queue.delete(7).await).await;
    assert_eq!(delete.line, "POST /rest/v1/rpc/delete");
    assert!(!was_there);
    for call in [archive, delete] {
        assert_eq!(
            call.json(),
            json!({ "queue_name": "mails", "message_id": 7 })
        );
    }
}

#[tokio::test]
async fn mistakes_are_told_and_nothing_is_sent() {
    let half = Duration::from_millis(1500);
    let errors = [
        error_of(Answer::Silence, async |queue| {
            queue.send("s3cret").delay(half).await
        })
        .await,
        error_of(Answer::Silence, async |queue| {
            queue.send_batch(&["s3cret"]).delay(half).await
        })
        .await,
        error_of(Answer::Silence, async |queue| {
            queue.read::<Value>(half, 1).await
        })
        .await,
    ];
    for error in errors {
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains("whole seconds"), "{error}");
    }
    let server = TestServer::start([]).await;
    let queue = Queue::new(user_transport(http(), &server.url), "mails");
    assert_eq!(queue.send_batch::<u8>(&[]).await.unwrap(), [0; 0]);
}

#[tokio::test]
async fn advice_for_what_is_not_set_up() {
    let send = async |queue: Queue| queue.send("s3cret").await;
    for (status, code, advice) in [
        (
            "406 Not Acceptable",
            "PGRST106",
            "Expose Queues via PostgREST",
        ),
        ("404 Not Found", "PGRST202", "Expose Queues via PostgREST"),
        ("404 Not Found", "42P01", "a queue of this name"),
        ("403 Forbidden", "42501", "the queue's grants"),
    ] {
        let body = json!({ "code": code, "message": "m" }).to_string();
        let error = error_of(Answer::json(status, &body), send).await;
        assert!(error.to_string().contains(advice), "{error}");
        assert_eq!(error.code(), Some(code));
    }
}

#[tokio::test]
async fn answers_that_no_queue_gives() {
    let send = async |queue: Queue| queue.send("s3cret").await;
    for body in ["[]", "[1,2]", "null", "{}", "[\"s3cret\"]"] {
        assert!(
            error_of(Answer::json("200 OK", body), send)
                .await
                .is_decode()
        );
    }
    let batch = async |queue: Queue| queue.send_batch(&["a", "b"]).await;
    assert!(
        error_of(Answer::json("200 OK", "[1]"), batch)
            .await
            .is_decode()
    );
    let read = async |queue: Queue| queue.read::<u8>(Duration::from_secs(1), 1).await;
    let row = r#"[{"msg_id":7,"read_ct":2,"enqueued_at":"t","vt":"t","message":"s3cret"}]"#;
    let error = error_of(Answer::json("200 OK", row), read).await;
    assert!(
        error.is_decode() && error.message().contains("$[0].message"),
        "{error}"
    );
    // Reading from a queue is a write, so it is not retried.
    let busy = Answer::json("503 Service Unavailable", "{}");
    assert_eq!(error_of(busy, read).await.status(), Some(503));
}

#[test]
fn debug_shows_no_data_and_futures_can_move() {
    fn check<T: Send>(_: T) {}
    let url = "http://127.0.0.1:1".parse().unwrap();
    let queue = Queue::new(user_transport(http(), &url), "mails");
    let text = format!(
        "{queue:?} {:?} {:?}",
        queue.send("s3cret"),
        queue.send_batch(&["s3cret"])
    );
    assert!(
        !text.contains("s3cret") && !text.contains("anon-key"),
        "{text}"
    );
    check(queue.send("a").into_future());
    check(queue.send_batch(&["a"]).into_future());
    check(queue.read::<u8>(Duration::ZERO, 1));
    check(queue.pop::<u8>());
    check(queue.delete(1));
}
