//! The requests of broadcasts, and how the answers are read.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::auth::Principal;
use crate::client::error::ClientErrorKind;
use crate::client::test_support::{
    Answer, Sent, TestServer, assert_hides, http, http_with, key_transport, short_timeouts,
    user_transport,
};

fn accepted() -> Answer {
    Answer::with_headers("202 Accepted", "", b"")
}

async fn sent(send: impl AsyncFnOnce(Realtime) -> Result<(), ClientError>) -> Sent {
    let server = TestServer::start([accepted()]).await;
    send(Realtime::new(user_transport(http(), &server.url)))
        .await
        .unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let sent = Sent::new(&requests[0]);
    assert_eq!(sent.header("apikey"), Some("anon-key"));
    assert_eq!(sent.header("authorization"), Some("Bearer user-jwt-1"));
    sent
}

async fn error_of(
    answer: Answer,
    send: impl AsyncFnOnce(Realtime) -> Result<(), ClientError>,
) -> ClientError {
    let server = TestServer::start([answer]).await;
    let realtime = Realtime::new(user_transport(http(), &server.url));
    let error = send(realtime).await.unwrap_err();
    assert_hides(&error, &["s3cret", "anon-key", "user-jwt"]);
    error
}

#[tokio::test]
async fn one_message() {
    let public = sent(async |realtime| realtime.broadcast("room", "e", &json!({ "a": 1 })).await);
    let public = public.await;
    assert_eq!(public.line, "POST /realtime/v1/api/broadcast/room/events/e");
    assert_eq!(public.header("content-type"), Some("application/json"));
    assert_eq!(public.json(), json!({ "a": 1 }));

    let private = sent(async |realtime| {
        realtime
            .broadcast_bytes("room", "e", vec![1, 2])
            .private()
            .persist()
            .await
    })
    .await;
    assert_eq!(
        private.line,
        "POST /realtime/v1/api/broadcast/room/events/e?private=true&persist=true"
    );
    assert_eq!(
        private.header("content-type"),
        Some("application/octet-stream")
    );

    let kept = sent(async |realtime| {
        realtime
            .broadcast("room", "e", "text")
            .private()
            .persist_for(Duration::from_secs(60))
            .await
    })
    .await;
    assert_eq!(
        kept.line,
        "POST /realtime/v1/api/broadcast/room/events/e?private=true&persist%5Bttl%5D=60"
    );
}

#[tokio::test]
async fn a_topic_is_one_segment_whatever_it_holds() {
    let sent = sent(async |realtime| {
        realtime
            .broadcast("a/../b?private=true#é", "x/y?z", &json!({}))
            .await
    })
    .await;
    assert_eq!(
        sent.line,
        "POST /realtime/v1/api/broadcast/a%2F..%2Fb%3Fprivate=true%23%C3%A9/events/x%2Fy%3Fz"
    );
}

#[tokio::test]
async fn a_batch() {
    let batch = sent(async |realtime| {
        realtime
            .broadcast_batch([
                BroadcastMessage::new("room", "e", &json!({ "a": 1 })),
                BroadcastMessage::new("room", "e", &json!({})).private(),
            ])
            .await
    })
    .await;
    assert_eq!(batch.line, "POST /realtime/v1/api/broadcast");
    assert_eq!(batch.header("content-type"), Some("application/json"));
    assert_eq!(
        batch.json(),
        json!({ "messages": [
            { "topic": "room", "event": "e", "payload": { "a": 1 }, "private": false },
            { "topic": "room", "event": "e", "payload": {}, "private": true },
        ] })
    );
    let server = TestServer::start([]).await;
    let realtime = Realtime::new(user_transport(http(), &server.url));
    realtime.broadcast_batch([]).await.unwrap();
}

#[tokio::test]
async fn no_key_is_in_a_url() {
    let server = TestServer::start([accepted(), accepted()]).await;
    let key = "sb_secret_abc";
    let realtime = Realtime::new(key_transport(http(), &server.url, key, Principal::Service));
    realtime.broadcast("room", "e", &1).await.unwrap();
    let message = BroadcastMessage::new("room", "e", &json!({}));
    realtime.broadcast_batch([message]).await.unwrap();
    for request in server.requests() {
        let sent = Sent::new(&request);
        assert_eq!(sent.header("apikey"), Some(key));
        assert!(
            !sent.line.contains(key) && !sent.line.contains('?'),
            "{sent:?}"
        );
    }
}

#[tokio::test]
async fn mistakes_are_told_and_nothing_is_sent() {
    let one = async |send: fn(Realtime) -> Broadcast| {
        error_of(Answer::Silence, async |realtime| send(realtime).await).await
    };
    let payload = json!("s3cret");
    let errors = [
        one(|realtime| realtime.broadcast("room", "e", &json!("s3cret")).persist()).await,
        one(|realtime| {
            let half = Duration::from_millis(500);
            realtime
                .broadcast("room", "e", &1)
                .private()
                .persist_for(half)
        })
        .await,
        one(|realtime| realtime.broadcast("room", "e", &())).await,
        one(|realtime| realtime.broadcast("", "e", &1)).await,
        one(|realtime| realtime.broadcast("room", "..", &1)).await,
        error_of(Answer::Silence, async |realtime| {
            let message = |payload| BroadcastMessage::new("room", "e", payload);
            let messages = [message(&json!({})), message(&payload)];
            realtime.broadcast_batch(messages).await
        })
        .await,
    ];
    for error in &errors {
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
    }
    assert!(
        errors[5].message().contains("message 1: its payload"),
        "{}",
        errors[5]
    );
}

#[tokio::test]
async fn refusals() {
    let one = async |realtime: Realtime| realtime.broadcast("room", "e", &json!("s3cret")).await;
    let old = error_of(Answer::json("404 Not Found", "{}"), one).await;
    assert!(old.to_string().contains("version 2.97"), "{old}");
    let batch = async |realtime: Realtime| {
        let message = BroadcastMessage::new("room", "e", &json!({ "a": "s3cret" }));
        realtime.broadcast_batch([message]).await
    };
    let other = error_of(Answer::json("404 Not Found", "{}"), batch).await;
    assert!(!other.to_string().contains("2.97"), "{other}");

    let body = r#"{"message":"Unauthorized"}"#;
    let error = error_of(Answer::json("401 Unauthorized", body), one).await;
    assert!(error.is_unauthorized() && error.message() == "Unauthorized");
    let error = error_of(Answer::json("429 Too Many Requests", "{}"), batch).await;
    assert!(error.is_retryable());

    // Answers that are not Realtime's.
    for send in [
        Answer::json("200 OK", "{}"),
        Answer::json("204 No Content", ""),
    ] {
        assert!(error_of(send, one).await.is_decode());
    }
    let page = b"<html><title>Welcome</title>s3cret";
    let html = Answer::with_headers("200 OK", "Content-Type: text/html\r\n", page);
    assert!(error_of(html, batch).await.is_decode());

    let server = TestServer::start([Answer::Silence]).await;
    let realtime = Realtime::new(user_transport(
        http_with(short_timeouts(), 1024),
        &server.url,
    ));
    assert!(one(realtime).await.unwrap_err().is_timeout());
}

#[test]
fn debug_shows_no_data_and_futures_can_move() {
    fn check<T: Send>(_: T) {}
    let url = "http://127.0.0.1:1".parse().unwrap();
    let realtime = Realtime::new(user_transport(http(), &url));
    let payload = json!({ "a": "s3cret" });
    let one = realtime.broadcast("room", "e", &payload);
    let message = BroadcastMessage::new("room", "e", &payload);
    let text = format!("{realtime:?} {one:?} {message:?}");
    assert!(
        !text.contains("s3cret") && !text.contains("anon-key"),
        "{text}"
    );
    check(one.into_future());
    check(realtime.broadcast_batch([message]));
}
