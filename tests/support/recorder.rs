//! A server that records the requests that it receives.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_RANGE, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it came over the wire.
#[derive(Clone, Debug)]
pub struct RecordedRequest {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub uri: Uri,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Answers every request with 200 and `[]`, on loopback, and records the requests.
#[derive(Debug)]
pub struct Recorder {
    url: String,
    requests: Requests,
    server: JoinHandle<()>,
}

type Requests = Arc<Mutex<Vec<RecordedRequest>>>;

impl Recorder {
    /// Starts the server.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap_or_else(|error| panic!("no port on loopback: {error}"));
        let address = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("no address: {error}"));
        let requests = Requests::default();
        let router = Router::new()
            .fallback(record)
            .with_state(Arc::clone(&requests));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("the recording server stopped: {error}");
            }
        });
        Self {
            url: format!("http://{address}"),
            requests,
            server,
        }
    }

    /// The server's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the requests since the last call, in the order of arrival.
    pub fn take(&self) -> Vec<RecordedRequest> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut requests)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn record(State(requests): State<Requests>, request: Request) -> impl IntoResponse {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let request = RecordedRequest {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body,
    };
    requests
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request);
    let headers: [(HeaderName, &str); 2] =
        [(CONTENT_TYPE, "application/json"), (CONTENT_RANGE, "*/0")];
    (headers, "[]")
}
