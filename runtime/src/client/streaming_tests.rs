//! Bodies that are not in memory as a whole, in both directions.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderValue, Method};
use url::Url;

use super::error::{ClientErrorKind, Service};
use super::http::{Body, BodyStream, BoxError, Http};
use super::test_support::{
    Answer, CountingTokens, TestServer, http, http_with, short_timeouts, user_id,
};
use super::transport::{Authorization, Operation, Request, Transport};
use crate::auth::Principal;

/// Yields the given items, and then optionally waits forever.
struct Pieces {
    pieces: std::vec::IntoIter<Result<Bytes, BoxError>>,
    endless: bool,
}

impl Stream for Pieces {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.pieces.next() {
            None if self.endless => Poll::Pending,
            next => Poll::Ready(next),
        }
    }
}

fn pieces(pieces: Vec<Result<Bytes, BoxError>>, length: Option<u64>) -> Body {
    let pieces = pieces.into_iter();
    let endless = false;
    Body::Stream(BodyStream::new(Pieces { pieces, endless }, length))
}

fn ok(text: &'static str) -> Result<Bytes, BoxError> {
    Ok(Bytes::from_static(text.as_bytes()))
}

fn transport(http: Http, url: &Url) -> Transport {
    let tokens = Authorization::Token(Arc::new(CountingTokens::default()));
    let key = HeaderValue::from_static("anon-key");
    Transport::new(
        http,
        Arc::new(url.clone().into()),
        key,
        tokens,
        Principal::User(user_id()),
    )
}

fn request(transport: &Transport, method: Method, body: Body) -> Request {
    let operation = Operation::on("upload", "a.bin".to_owned());
    let path = ["object", "b", "a.bin"];
    let request = transport.request(Service::Storage, method, &path, operation);
    Request {
        body,
        ..request.unwrap()
    }
}

#[tokio::test]
async fn a_stream_of_known_length_says_so() {
    let server = TestServer::start([Answer::json("200 OK", "{}")]).await;
    let transport = transport(http(), &server.url);
    let body = pieces(vec![ok("he"), ok("llo")], Some(5));

    transport
        .send(request(&transport, Method::POST, body))
        .await
        .unwrap();

    let sent = server.requests().remove(0);
    assert!(
        sent.starts_with("POST /storage/v1/object/b/a.bin "),
        "{sent}"
    );
    assert!(sent.contains("content-length: 5\r\n"), "{sent}");
    assert!(!sent.contains("transfer-encoding"), "{sent}");
    assert!(sent.ends_with("\r\n\r\nhello"), "{sent}");
}

#[tokio::test]
async fn a_stream_of_unknown_length_is_sent_in_chunks() {
    let server = TestServer::start([Answer::json("200 OK", "{}")]).await;
    let transport = transport(http(), &server.url);
    let body = pieces(vec![ok("he"), ok("llo")], None);

    transport
        .send(request(&transport, Method::POST, body))
        .await
        .unwrap();

    let sent = server.requests().remove(0);
    assert!(sent.contains("transfer-encoding: chunked\r\n"), "{sent}");
}

#[tokio::test]
async fn a_stream_that_fails_is_the_cause_of_the_error() {
    let server = TestServer::start([Answer::Silence]).await;
    let transport = transport(http(), &server.url);
    let body = pieces(vec![ok("he"), Err("the disk is gone".into())], Some(100));

    let error = transport
        .send(request(&transport, Method::POST, body))
        .await
        .map(drop)
        .unwrap_err();

    assert_eq!(error.kind(), ClientErrorKind::Body);
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "the disk is gone");
}

#[tokio::test]
async fn a_stream_in_which_nothing_moves_is_a_timeout() {
    let server = TestServer::start([Answer::Silence]).await;
    let transport = transport(http_with(short_timeouts(), 1024), &server.url);
    let stalled = Pieces {
        pieces: vec![ok("he")].into_iter(),
        endless: true,
    };
    let body = Body::Stream(BodyStream::new(stalled, Some(100)));

    let error = transport
        .send(request(&transport, Method::POST, body))
        .await
        .map(drop)
        .unwrap_err();

    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn an_answer_is_read_in_pieces_past_the_limit_for_whole_ones() {
    let long = "x".repeat(100_000);
    let server = TestServer::start([Answer::with_headers("200 OK", "", long.as_bytes())]).await;
    let http = http_with(super::Timeouts::default(), 1000);
    let transport = transport(http, &server.url);

    let mut answer = transport
        .open(request(&transport, Method::GET, Body::Empty))
        .await
        .unwrap();
    assert_eq!(answer.answer.length(), Some(100_000));
    let mut read = 0;
    while let Some(chunk) = answer.chunk().await.unwrap() {
        read += chunk.len();
    }
    assert_eq!(read, 100_000);
}

#[tokio::test]
async fn an_answer_in_which_nothing_moves_is_a_timeout() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst";
    let server = TestServer::start([Answer::Stall(head.to_vec())]).await;
    let transport = transport(http_with(short_timeouts(), 1024), &server.url);

    let mut answer = transport
        .open(request(&transport, Method::GET, Body::Empty))
        .await
        .unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap(), "first");
    let error = answer.chunk().await.unwrap_err();
    assert!(error.is_timeout() && error.status() == Some(200), "{error}");
}

#[tokio::test]
async fn a_refusal_is_read_before_it_is_handed_on() {
    let body = r#"{"statusCode":"404","code":"NoSuchKey","error":"not_found","message":"Object not found"}"#;
    let server = TestServer::start([Answer::json("400 Bad Request", body)]).await;
    let transport = transport(http(), &server.url);

    let error = transport
        .open(request(&transport, Method::GET, Body::Empty))
        .await
        .unwrap_err();

    // Storage answers 400 to nearly everything; the actual status is in the body.
    assert_eq!(
        (error.status(), error.code()),
        (Some(404), Some("NoSuchKey"))
    );
}
