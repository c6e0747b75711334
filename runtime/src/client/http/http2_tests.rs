//! HTTP/2 connections that go silent, and servers that reject requests without processing them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::Reason;
use http::{HeaderMap, Method, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

use super::{Body, Http, Timeouts, builder};
use crate::client::error::{ClientErrorKind, Failure};

/// What a server does with the requests of one connection.
#[derive(Clone, Copy)]
enum Conduct {
    Answers,
    /// Resets the first one.
    Resets(Reason),
    /// Sends GOAWAY instead of processing the first one.
    SaysGoodbye,
}

/// An HTTP/2 server without TLS, with one conduct for each connection. The last one applies to all further
/// connections.
struct Server {
    url: Url,
    requests: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
    /// How many connections are open.
    open: watch::Sender<usize>,
    /// Connections with a lower number no longer pass anything on.
    silent_before: watch::Sender<usize>,
}

impl Server {
    async fn start(conducts: &'static [Conduct]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (silent_before, silence) = watch::channel(0);
        let server = Self {
            url: url.parse().unwrap(),
            requests: Arc::default(),
            connections: Arc::default(),
            silent_before,
            open: watch::Sender::default(),
        };
        let (requests, connections) = (server.requests.clone(), server.connections.clone());
        let open = server.open.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = connections.fetch_add(1, Ordering::SeqCst);
                let conduct = conducts[number.min(conducts.len() - 1)];
                let (near, far) = tokio::io::duplex(1 << 16);
                let (open, silence) = (open.clone(), silence.clone());
                open.send_modify(|open| *open += 1);
                tokio::spawn(async move {
                    pass_on(stream, far, number, silence).await;
                    open.send_modify(|open| *open -= 1);
                });
                tokio::spawn(serve(near, conduct, requests.clone()));
            }
        });
        server
    }

    fn http(&self, timeouts: Timeouts) -> Http {
        let client = builder(&self.url, &timeouts).http2_prior_knowledge();
        Http::build(client, timeouts, 1024).unwrap()
    }

    /// All connections that are open go silent. New ones work.
    fn goes_silent(&self) {
        let opened = self.connections.load(Ordering::SeqCst);
        self.silent_before.send_replace(opened);
    }
}

/// Forwards between the client and the server. Once the connection goes silent, all data is dropped.
async fn pass_on(
    mut client: TcpStream,
    mut server: tokio::io::DuplexStream,
    number: usize,
    silence: watch::Receiver<usize>,
) {
    let (mut from_client, mut from_server) = ([0; 4096], [0; 4096]);
    loop {
        let (read, to_server) = tokio::select! {
            read = client.read(&mut from_client) => (read, true),
            read = server.read(&mut from_server) => (read, false),
        };
        let Ok(length @ 1..) = read else { return };
        let is_silent = number < *silence.borrow();
        let passed = match (is_silent, to_server) {
            (true, _) => Ok(()),
            (false, true) => server.write_all(&from_client[..length]).await,
            (false, false) => client.write_all(&from_server[..length]).await,
        };
        if passed.is_err() {
            return;
        }
    }
}

async fn serve(stream: tokio::io::DuplexStream, conduct: Conduct, requests: Arc<AtomicUsize>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    let mut is_first = true;
    while let Some(Ok((_, mut respond))) = connection.accept().await {
        requests.fetch_add(1, Ordering::SeqCst);
        match conduct {
            Conduct::Resets(reason) if is_first => respond.send_reset(reason),
            Conduct::SaysGoodbye if is_first => {
                respond.send_reset(Reason::REFUSED_STREAM);
                connection.graceful_shutdown();
            }
            _ => {
                let mut body = respond.send_response(Response::new(()), false).unwrap();
                let _ = body.send_data(Bytes::from_static(b"[]"), true);
            }
        }
        is_first = false;
    }
}

async fn get(http: &Http, server: &Server, method: Method) -> Result<StatusCode, Failure> {
    let limit = Some(http.timeouts().request);
    let url = server.url.clone();
    let body = Body::Empty;
    let answer = http
        .open(method, url, HeaderMap::new(), body, limit)
        .await?;
    Ok(answer.whole(limit).await?.status)
}

#[tokio::test]
async fn calls_recover_soon_after_a_connection_went_silent() {
    let server = Server::start(&[Conduct::Answers]).await;
    // A ping is sent after a second, and its answer may take as long.
    let http = server.http(Timeouts::default().request(Duration::from_secs(6)));
    assert_eq!(
        get(&http, &server, Method::GET).await.unwrap(),
        StatusCode::OK
    );
    server.goes_silent();
    let began = Instant::now();
    let failure = get(&http, &server, Method::GET).await.unwrap_err();
    assert_eq!(failure.kind(), ClientErrorKind::Network);
    assert_eq!(
        get(&http, &server, Method::GET).await.unwrap(),
        StatusCode::OK
    );
    // Long before the request's own time is over.
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(server.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_connection_that_went_silent_while_it_was_idle_is_not_used() {
    let server = Server::start(&[Conduct::Answers]).await;
    let http = server.http(Timeouts::default().request(Duration::from_secs(6)));
    assert_eq!(
        get(&http, &server, Method::GET).await.unwrap(),
        StatusCode::OK
    );
    server.goes_silent();
    let mut open = server.open.subscribe();
    let closed = open.wait_for(|open| *open == 0);
    tokio::time::timeout(Duration::from_secs(5), closed)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        get(&http, &server, Method::POST).await.unwrap(),
        StatusCode::OK
    );
    assert_eq!(server.requests.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_request_that_was_not_done_is_sent_again() {
    const REFUSED: &[Conduct] = &[Conduct::Resets(Reason::REFUSED_STREAM), Conduct::Answers];
    const GOODBYE: &[Conduct] = &[Conduct::SaysGoodbye, Conduct::Answers];
    for conducts in [REFUSED, GOODBYE] {
        let server = Server::start(conducts).await;
        let http = server.http(Timeouts::default());
        assert_eq!(
            get(&http, &server, Method::POST).await.unwrap(),
            StatusCode::OK
        );
        assert_eq!(server.requests.load(Ordering::SeqCst), 2);
    }
}

#[tokio::test]
async fn a_request_that_may_be_done_is_not() {
    const CANCEL: &[Conduct] = &[Conduct::Resets(Reason::CANCEL)];
    const ERROR: &[Conduct] = &[Conduct::Resets(Reason::INTERNAL_ERROR)];
    for conducts in [CANCEL, ERROR] {
        let server = Server::start(conducts).await;
        let http = server.http(Timeouts::default());
        let failure = get(&http, &server, Method::POST).await.unwrap_err();
        assert_eq!(failure.kind(), ClientErrorKind::Network);
        assert_eq!(server.requests.load(Ordering::SeqCst), 1);
    }
}
