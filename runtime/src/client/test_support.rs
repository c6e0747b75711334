//! A scripted HTTP server on loopback, and identities to talk to it with.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use super::http::{Connections, DEFAULT_MAX_RESPONSE_BYTES, Http, Timeouts};
use super::postgrest::Schema;
use super::transport::{Authorization, TokenSource, Transport};
use crate::UserId;
use crate::auth::Principal;
use crate::token::TokenError;

pub(super) const USER: &str = "5f0c8f0e-9a3c-4a52-8d8e-0a1b2c3d4e5f";

pub(super) fn user_id() -> UserId {
    USER.parse().unwrap()
}

/// What the server does with one connection.
pub(super) enum Answer {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Reads the request and does not answer.
    Silence,
    /// Sends these bytes and then nothing more, without closing.
    Stall(Vec<u8>),
}

impl Answer {
    pub(super) fn json(status: &str, body: &str) -> Self {
        Self::with_headers(
            status,
            "Content-Type: application/json\r\n",
            body.as_bytes(),
        )
    }

    pub(super) fn with_headers(status: &str, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

/// Answers one connection after the other with the given responses, and records the requests.
pub(super) struct TestServer {
    pub(super) url: Url,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl TestServer {
    pub(super) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answers: Vec<_> = answers.into_iter().collect();
        let recorded = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read_request(&mut stream).await;
                recorded.lock().unwrap().push(request);
                match answer {
                    Answer::Bytes(bytes) => {
                        // The client may hang up on a response that it refuses.
                        let _ = stream.write_all(&bytes).await;
                        let _ = stream.shutdown().await;
                    }
                    Answer::Silence => held.push(stream),
                    Answer::Stall(bytes) => {
                        stream.write_all(&bytes).await.unwrap();
                        held.push(stream);
                    }
                }
            }
            // Connections beyond the script stay open and unanswered.
            std::future::pending::<()>().await;
        });
        Self {
            url,
            requests,
            task,
        }
    }

    /// The requests so far, as they came over the wire.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| {
                    line.to_ascii_lowercase()
                        .strip_prefix("content-length: ")?
                        .parse()
                        .ok()
                })
                .unwrap_or(0);
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut buffer).await.unwrap() {
            0 => return text,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Hands out `Bearer user-jwt-1`, after a refresh `Bearer user-jwt-2`, and so on.
#[derive(Default)]
pub(super) struct CountingTokens {
    pub(super) refreshed: AtomicUsize,
}

impl CountingTokens {
    fn token(&self) -> HeaderValue {
        let number = self.refreshed.load(Ordering::SeqCst) + 1;
        let mut token = HeaderValue::try_from(format!("Bearer user-jwt-{number}")).unwrap();
        token.set_sensitive(true);
        token
    }
}

impl TokenSource for CountingTokens {
    fn authorization(&self) -> Result<HeaderValue, TokenError> {
        Ok(self.token())
    }

    fn refresh(&self, rejected: &HeaderValue) -> Result<HeaderValue, TokenError> {
        assert_eq!(rejected, self.token());
        self.refreshed.fetch_add(1, Ordering::SeqCst);
        Ok(self.token())
    }
}

/// Short, so that a test of a timeout is quick.
pub(super) fn short_timeouts() -> Timeouts {
    let short = Duration::from_millis(150);
    Timeouts::default().connect(short).request(short)
}

/// For a [`TestServer`].
pub(super) fn http() -> Http {
    http_with(Timeouts::default(), DEFAULT_MAX_RESPONSE_BYTES)
}

pub(super) fn http_with(timeouts: Timeouts, max_response_bytes: u64) -> Http {
    let loopback = "http://127.0.0.1".parse().unwrap();
    Http::new(&loopback, timeouts, max_response_bytes, Connections::Reused).unwrap()
}

/// The user's client, with `anon-key` as API key.
pub(super) fn as_user(http: Http, url: &Url, tokens: Arc<CountingTokens>) -> Schema {
    let authorization = Authorization::Token(tokens);
    let identity = Principal::User(user_id());
    let mut apikey = HeaderValue::from_static("anon-key");
    apikey.set_sensitive(true);
    Schema::new(
        Transport::new(
            http,
            Arc::new(url.clone().into()),
            apikey,
            authorization,
            identity,
        ),
        "public",
    )
}

impl Schema {
    pub(super) fn with_retries(self, retries: bool) -> Self {
        self.map_transport(|transport| transport.with_retries(retries))
    }

    pub(super) fn with_deadline(self, deadline: tokio::time::Instant) -> Self {
        self.map_transport(|transport| transport.with_deadline(deadline))
    }
}

/// The transport that sends requests as the user, to any service.
pub(super) fn user_transport(http: Http, url: &Url) -> Transport {
    let tokens = Authorization::Token(Arc::new(CountingTokens::default()));
    let identity = Principal::User(user_id());
    Transport::new(
        http,
        Arc::new(url.clone().into()),
        secret("anon-key"),
        tokens,
        identity,
    )
}

/// The transport that sends requests with only `key`.
pub(super) fn key_transport(http: Http, url: &Url, key: &str, identity: Principal) -> Transport {
    let authorization = Authorization::Key(secret(&format!("Bearer {key}")));
    Transport::new(
        http,
        Arc::new(url.clone().into()),
        secret(key),
        authorization,
        identity,
    )
}

fn secret(text: &str) -> HeaderValue {
    let mut value = HeaderValue::try_from(text).unwrap();
    value.set_sensitive(true);
    value
}

/// A request as it came over the wire, taken apart.
#[derive(Debug)]
pub(super) struct Sent {
    /// `POST /auth/v1/invite?a=b`
    pub(super) line: String,
    head: String,
    pub(super) body: String,
}

impl Sent {
    pub(super) fn new(request: &str) -> Self {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let (line, head) = head.split_once("\r\n").unwrap();
        Self {
            line: line.strip_suffix(" HTTP/1.1").unwrap().to_owned(),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let (_, value) = lines.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Panics if one of `secrets` appears in the texts of `error`.
pub(super) fn assert_hides(error: &super::ClientError, secrets: &[&str]) {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
    for s3cret in secrets {
        assert!(!text.contains(s3cret), "`{s3cret}` in {text}");
    }
}
