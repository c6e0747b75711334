//! Bodies that are not in memory, in both directions.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{bucket_at, transport};
use crate::auth::User;
use crate::client::storage::{Bucket, Storage, UploadBody};
use crate::client::test_support::{Answer, TestServer, http, http_with};
use crate::client::{ClientError, ClientErrorKind, Timeouts};

const PIECE: usize = 64 * 1024;

/// Yields `left` bytes, piece by piece, and counts those that were read.
struct Made {
    left: u64,
    made: Arc<AtomicU64>,
}

impl Stream for Made {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let size = self.left.min(PIECE as u64);
        if size == 0 {
            return Poll::Ready(None);
        }
        self.left -= size;
        self.made.fetch_add(size, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Bytes::from(vec![b'x'; size as usize]))))
    }
}

fn made(bytes: u64) -> (Made, Arc<AtomicU64>) {
    let made = Arc::new(AtomicU64::new(0));
    let stream = Made {
        left: bytes,
        made: Arc::clone(&made),
    };
    (stream, made)
}

async fn listen() -> (TcpListener, url::Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url.parse().unwrap())
}

/// Reads to the end of the head. Returns it, and how many bytes of the body came with it.
async fn read_head(stream: &mut TcpStream) -> (String, usize) {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0; 4096];
        let read = stream.read(&mut byte).await.unwrap();
        bytes.extend_from_slice(&byte[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            return (head.to_owned(), body.len());
        }
    }
}

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"Key\":\"b/a.x\"}";

#[tokio::test]
async fn a_long_stream_is_read_no_faster_than_it_is_sent() {
    const LENGTH: u64 = 64 * 1024 * 1024;
    let (listener, url) = listen().await;
    let (stream, made) = made(LENGTH);
    let seen = Arc::clone(&made);
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let (head, mut read) = read_head(&mut connection).await;
        assert!(
            head.contains(&format!("content-length: {LENGTH}")),
            "{head}"
        );
        let mut most_ahead = 0;
        let mut buffer = vec![0; PIECE];
        while (read as u64) < LENGTH {
            read += connection.read(&mut buffer).await.unwrap();
            most_ahead = most_ahead.max(seen.load(Ordering::SeqCst) - read as u64);
        }
        connection.write_all(OK).await.unwrap();
        most_ahead
    });
    let figures = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&figures);

    let body = UploadBody::stream(stream).with_length(LENGTH);
    bucket_at(&url)
        .upload("a.x", body)
        .progress(move |progress| tell.lock().unwrap().push(progress))
        .await
        .unwrap();

    // The difference is in the buffers of the connection.
    let most_ahead = server.await.unwrap();
    assert!(most_ahead < 16 * 1024 * 1024, "{most_ahead}");
    let figures = figures.lock().unwrap();
    assert!(figures.is_sorted_by(|one, next| one.bytes < next.bytes));
    assert!(
        figures
            .iter()
            .all(|progress| progress.total == Some(LENGTH))
    );
    assert_eq!(figures.last().unwrap().bytes, LENGTH);
}

#[tokio::test]
async fn a_stream_of_unknown_length_is_chunked() {
    let server = TestServer::start([Answer::json("200 OK", r#"{"Key":"b/a"}"#)]).await;
    let body = UploadBody::reader(std::io::Cursor::new("hello"));
    assert_eq!(body.length(), None);
    bucket_at(&server.url).upload("a", body).await.unwrap();
    let sent = server.requests().remove(0);
    assert!(sent.contains("transfer-encoding: chunked"), "{sent}");
}

#[tokio::test]
async fn a_file_has_its_length() {
    let path = std::env::temp_dir().join(format!("supabase-task-{}", uuid::Uuid::new_v4()));
    tokio::fs::write(&path, "hello").await.unwrap();
    let server = TestServer::start([Answer::json("200 OK", r#"{"Key":"b/a"}"#)]).await;
    let body = UploadBody::file(&path).await.unwrap();
    bucket_at(&server.url).upload("a", body).await.unwrap();
    tokio::fs::remove_file(&path).await.unwrap();
    let sent = server.requests().remove(0);
    assert!(sent.contains("content-length: 5\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\nhello"), "{sent}");
}

#[tokio::test]
async fn a_stream_of_another_length_is_an_error() {
    for (said, text) in [(10, "ended after 5 bytes"), (3, "longer than the 3 bytes")] {
        let (listener, url) = listen().await;
        let server = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut all = Vec::new();
            let _ = connection.read_to_end(&mut all).await;
            all
        });
        let (stream, _) = made(5);
        let body = UploadBody::stream(stream).with_length(said);
        let error = bucket_at(&url).upload("a", body).await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::Body, "{error}");
        assert!(!error.is_retryable());
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains(text), "{cause}");
        // The server must not be able to store an object of `said` bytes.
        let sent = String::from_utf8(server.await.unwrap()).unwrap();
        let body = sent.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        assert!(body.len() < said as usize, "{sent}");
    }
}

#[tokio::test]
async fn dropping_an_upload_ends_the_transfer() {
    let (listener, url) = listen().await;
    let (stream, _) = made(u64::MAX);
    let body = UploadBody::stream(stream);
    let upload = tokio::spawn(bucket_at(&url).upload("a", body).into_future());
    let (mut connection, _) = listener.accept().await.unwrap();
    read_head(&mut connection).await;

    upload.abort();

    // Reads to the end of the connection; the stream itself has no end.
    let mut buffer = vec![0; PIECE];
    while let Ok(1..) = connection.read(&mut buffer).await {}
}

fn answer_of(body: &[u8]) -> Answer {
    Answer::with_headers("200 OK", "", body)
}

#[tokio::test]
async fn a_download_in_every_form() {
    let content = "0123456789".repeat(20_000);
    let answers = (0..4).map(|_| answer_of(content.as_bytes()));
    let server = TestServer::start(answers).await;
    let bucket = bucket_at(&server.url);
    let figures = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&figures);
    let request = bucket.download("a");
    let mut download = request
        .progress(move |progress| tell.lock().unwrap().push(progress.bytes))
        .await
        .unwrap();
    let mut read = Vec::new();
    while let Some(chunk) = download.chunk().await.unwrap() {
        read.extend_from_slice(&chunk);
        assert_eq!(*figures.lock().unwrap().last().unwrap(), read.len() as u64);
    }
    assert!(read == content.as_bytes());

    let mut stream = bucket.download("a").await.unwrap().into_stream();
    let mut read = Vec::new();
    while let Some(chunk) =
        std::future::poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await
    {
        read.extend_from_slice(&chunk.unwrap());
    }
    assert!(read == content.as_bytes());

    let mut reader = bucket.download("a").await.unwrap().into_reader();
    let mut read = String::new();
    reader.read_to_string(&mut read).await.unwrap();
    assert!(read == content);

    let mut read = Vec::new();
    let download = bucket.download("a").await.unwrap();
    let written = download.write_to(&mut read).await.unwrap();
    assert!(read == content.as_bytes() && written == read.len() as u64);
}

#[tokio::test]
async fn a_download_that_breaks_off_is_an_error_in_every_form() {
    let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst";
    let answers = (0..2).map(|_| Answer::Bytes(cut.to_vec()));
    let server = TestServer::start(answers).await;
    let bucket = bucket_at(&server.url);

    let error = bucket
        .download("a")
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap_err();
    assert!(error.is_network() && error.is_retryable(), "{error}");

    let mut reader = bucket.download("a").await.unwrap().into_reader();
    let error = reader.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert!(
        error.to_string().contains("download `b/a` failed"),
        "{error}"
    );
}

#[tokio::test]
async fn only_bytes_has_a_limit() {
    let long = vec![b'x'; 5000];
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n";
    let chunked = [chunked.as_slice(), &long, b"\r\n0\r\n\r\n"].concat();
    let answers = [answer_of(&long), answer_of(&long), Answer::Bytes(chunked)];
    let server = TestServer::start(answers).await;
    let transport = transport(http_with(Timeouts::default(), 1000), &server.url);
    let bucket = Storage::<User>::new(transport).from("b");

    let mut written = Vec::new();
    let download = bucket.download("a").await.unwrap();
    download.write_to(&mut written).await.unwrap();
    assert_eq!(written.len(), 5000);
    for _ in 0..2 {
        let download = bucket.download("a").await.unwrap();
        let error = download.bytes().await.unwrap_err();
        assert_eq!(error.kind(), ClientErrorKind::TooLarge, "{error}");
    }
}

#[tokio::test]
async fn a_download_can_be_uploaded() {
    let answers = [
        answer_of(b"hello"),
        Answer::json("200 OK", r#"{"Key":"b/c"}"#),
    ];
    let server = TestServer::start(answers).await;
    let bucket = bucket_at(&server.url);
    let download = bucket.download("a").await.unwrap();
    bucket.upload("c", download).await.unwrap();
    let sent = server.requests().remove(1);
    assert!(sent.contains("content-length: 5\r\n"), "{sent}");
    assert!(sent.ends_with("\r\n\r\nhello"), "{sent}");
}

const TAG: &str = "ETag: \"one\"\r\n";

/// `whole[from..to]` as the answer to a request for it, cut short after `sent` bytes.
fn part_of(whole: &str, from: usize, to: usize, sent: usize, tag: &str) -> Answer {
    let last = to - 1;
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{last}/{}\r\n\
         Content-Length: {}\r\n{tag}Connection: close\r\n\r\n",
        whole.len(),
        to - from,
    );
    Answer::Bytes(format!("{head}{}", &whole[from..from + sent]).into_bytes())
}

/// All of `whole`, cut short after `sent` bytes.
fn cut(whole: &str, sent: usize, headers: &str) -> Answer {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{headers}\r\n",
        whole.len()
    );
    Answer::Bytes(format!("{head}{}", &whole[..sent]).into_bytes())
}

async fn read_quickly(bucket: &Bucket) -> Result<Bytes, ClientError> {
    let download = bucket.download("a").await?;
    download
        .with_first_wait(Duration::from_millis(1))
        .bytes()
        .await
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_was() {
    let whole = "0123456789";
    let answers = [
        cut(whole, 3, TAG),
        Answer::json("503 Service Unavailable", "{}"),
        part_of(whole, 3, 10, 2, TAG),
        part_of(whole, 5, 10, 0, TAG),
        part_of(whole, 5, 10, 5, TAG),
    ];
    let server = TestServer::start(answers).await;
    let bucket = bucket_at(&server.url);
    assert_eq!(read_quickly(&bucket).await.unwrap(), whole);

    let requests = server.requests();
    assert_eq!(requests.len(), 5);
    for (request, range) in requests.iter().skip(1).zip(["3-9", "3-9", "5-9", "5-9"]) {
        assert!(
            request.contains(&format!("\r\nrange: bytes={range}\r\n")),
            "{request}"
        );
        assert!(request.contains("\r\nif-range: \"one\"\r\n"), "{request}");
    }
}

/// Wherever it breaks, and however often.
#[tokio::test]
async fn a_download_has_the_same_bytes_wherever_it_breaks() {
    let whole = "0123456789";
    for first in 0..10 {
        for second in first..10 {
            let answers = [
                cut(whole, first, TAG),
                part_of(whole, first, 10, second - first, TAG),
                part_of(whole, second, 10, 10 - second, TAG),
            ];
            let server = TestServer::start(answers).await;
            let read = read_quickly(&bucket_at(&server.url)).await.unwrap();
            assert_eq!(read, whole, "{first} {second}");
        }
    }
}

#[tokio::test]
async fn bytes_of_another_object_are_not_put_behind_the_first() {
    let whole = "0123456789";
    let other = "ETag: \"two\"\r\n";
    for second in [
        // The object was replaced.
        cut(whole, 10, other),
        part_of(whole, 3, 10, 7, other),
        // The server does not support ranges, or sends others than requested.
        cut(whole, 10, TAG),
        part_of(whole, 4, 10, 6, TAG),
        part_of(whole, 3, 9, 6, TAG),
    ] {
        let server = TestServer::start([cut(whole, 3, TAG), second]).await;
        let error = read_quickly(&bucket_at(&server.url)).await.unwrap_err();
        assert!(error.message().contains("after 3 bytes"), "{error}");
        assert!(error.is_retryable(), "{error}");
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn without_what_tells_versions_apart_the_error_stands() {
    for headers in ["", "ETag: W/\"one\"\r\n"] {
        let server = TestServer::start([cut("0123456789", 3, headers)]).await;
        let error = read_quickly(&bucket_at(&server.url)).await.unwrap_err();
        assert!(error.is_network(), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
    let server = TestServer::start([cut("0123456789", 3, TAG)]).await;
    let once = transport(http(), &server.url).with_retries(false);
    let bucket = Storage::<User>::new(once).from("b");
    assert!(read_quickly(&bucket).await.unwrap_err().is_network());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_gone_is_given_up() {
    let mut answers = vec![cut("0123456789", 3, TAG)];
    answers.extend((0..6).map(|_| Answer::json("503 Service Unavailable", "{}")));
    let server = TestServer::start(answers).await;
    let error = read_quickly(&bucket_at(&server.url)).await.unwrap_err();
    assert_eq!(error.status(), Some(503), "{error}");
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn a_part_is_what_was_asked_for_or_an_error() {
    let whole = "0123456789";
    let answers = [
        part_of(whole, 2, 5, 3, TAG),
        part_of(whole, 2, 5, 1, TAG),
        part_of(whole, 3, 5, 2, TAG),
        cut(whole, 10, TAG),
    ];
    let server = TestServer::start(answers).await;
    let bucket = bucket_at(&server.url);
    for _ in 0..2 {
        let download = bucket.download("a").range(2..5).await.unwrap();
        assert_eq!(download.length(), Some(3));
        let download = download.with_first_wait(Duration::from_millis(1));
        assert_eq!(download.bytes().await.unwrap(), "234");
    }
    let error = bucket.download("a").range(2..5).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Decode, "{error}");
    let error = bucket.download("a").range(5..5).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
    let ranges: Vec<_> = server.requests();
    assert_eq!(ranges.len(), 4);
    for (request, range) in ranges.iter().zip(["2-4", "2-4", "3-4", "2-4"]) {
        let range = format!("\r\nrange: bytes={range}\r\n");
        assert!(request.contains(&range), "{request}");
    }
}

#[tokio::test]
async fn a_download_dropped_while_it_goes_on_can_be_read_on() {
    let whole = "0123456789";
    let server = TestServer::start([
        cut(whole, 3, TAG),
        Answer::Silence,
        part_of(whole, 3, 10, 7, TAG),
    ])
    .await;
    let download = bucket_at(&server.url).download("a").await.unwrap();
    let mut download = download.with_first_wait(Duration::from_millis(1));
    let mut read = Vec::new();
    while read.len() < 3 {
        read.extend_from_slice(&download.chunk().await.unwrap().unwrap());
    }
    // The call is dropped while it waits for the rest.
    let asked = async {
        while server.requests().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        piece = download.chunk() => panic!("{piece:?}"),
        () = asked => {}
    }
    while let Some(piece) = download.chunk().await.unwrap() {
        read.extend_from_slice(&piece);
    }
    assert_eq!(read, whole.as_bytes());
}

/// A proxy answers as soon as it has the length, and hangs up on the rest.
#[tokio::test]
async fn an_answer_before_the_body_is_read_is_what_counts() {
    const LENGTH: usize = 32 * 1024 * 1024;
    let content = Bytes::from(vec![b'x'; LENGTH]);
    for streamed in [false, true] {
        for _ in 0..10 {
            let (listener, url) = listen().await;
            let server = tokio::spawn(async move {
                let (mut connection, _) = listener.accept().await.unwrap();
                read_head(&mut connection).await;
                let body = r#"{"statusCode":"413","code":"EntityTooLarge","message":"too large"}"#;
                let answer = format!(
                    "HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\n\
                     Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                );
                connection.write_all(answer.as_bytes()).await.unwrap();
                // Dropping a connection with unread data resets it.
            });
            let body = match streamed {
                true => UploadBody::stream(made(LENGTH as u64).0),
                false => content.clone().into(),
            };
            let error = bucket_at(&url).upload("a", body).await.unwrap_err();
            server.await.unwrap();
            assert_eq!(error.status(), Some(413), "{streamed} {error}");
            assert!(!error.is_retryable());
        }
    }
}

/// A rest without a length.
fn chunked_part_of(whole: &str, from: usize, sent: &str) -> Answer {
    let last = whole.len() - 1;
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{last}/{}\r\n\
         Transfer-Encoding: chunked\r\n{TAG}Connection: close\r\n\r\n{:x}\r\n{sent}\r\n0\r\n\r\n",
        whole.len(),
        sent.len(),
    );
    Answer::Bytes(head.into_bytes())
}

#[tokio::test]
async fn a_rest_is_as_long_as_the_object_says() {
    let whole = "0123456789";
    let answers = [
        cut(whole, 3, TAG),
        chunked_part_of(whole, 3, "345"),
        part_of(whole, 6, 10, 4, TAG),
    ];
    let server = TestServer::start(answers).await;
    let read = read_quickly(&bucket_at(&server.url)).await.unwrap();
    assert_eq!(read, whole);

    let answers = [cut(whole, 3, TAG), chunked_part_of(whole, 3, "3456789abc")];
    let server = TestServer::start(answers).await;
    let error = read_quickly(&bucket_at(&server.url)).await.unwrap_err();
    assert_eq!(error.kind(), ClientErrorKind::Decode, "{error}");
}

#[tokio::test]
async fn a_download_that_was_given_up_is_tried_once_when_it_is_read_again() {
    let mut answers = vec![cut("0123456789", 0, TAG)];
    answers.extend((0..7).map(|_| Answer::json("503 Service Unavailable", "{}")));
    let server = TestServer::start(answers).await;
    let download = bucket_at(&server.url).download("a").await.unwrap();
    let mut download = download.with_first_wait(Duration::from_millis(1));
    for tried in [7, 8] {
        let error = download.chunk().await.unwrap_err();
        assert_eq!(error.status(), Some(503), "{error}");
        assert_eq!(server.requests().len(), tried);
    }
}

#[tokio::test]
async fn a_server_that_asks_for_a_long_wait_is_left_to_the_task() {
    let answers = [
        cut("0123456789", 3, TAG),
        Answer::with_headers("503 Service Unavailable", "Retry-After: 86400\r\n", b"{}"),
    ];
    let server = TestServer::start(answers).await;
    let error = read_quickly(&bucket_at(&server.url)).await.unwrap_err();
    assert!(
        error.is_retryable() && error.retry_after().is_some(),
        "{error}"
    );
}
