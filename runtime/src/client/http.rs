//! One HTTP exchange: the only file that names reqwest.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::LOCATION;
use http::{HeaderMap, Method, StatusCode};
use url::{Host, Url};

use super::error::{ClientError, ClientErrorKind, Failure};
use super::request::Operation;

const USER_AGENT: &str = concat!("supabase-task/", env!("CARGO_PKG_VERSION"));

/// The longest answer read unless set otherwise: 64 MiB, counted after decompression.
pub(crate) const DEFAULT_MAX_RESPONSE_BYTES: u64 = 64 * 1024 * 1024;

/// How long a client waits for the project's server.
///
/// ```
/// use std::time::Duration;
/// use supabase_task::client::Timeouts;
///
/// let timeouts = Timeouts::default().request(Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    connect: Duration,
    request: Duration,
    total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(30),
            total: Duration::from_secs(60),
        }
    }
}

impl Timeouts {
    /// How long opening a connection may take, TLS included. 5 seconds by default.
    #[must_use]
    pub fn connect(mut self, timeout: Duration) -> Self {
        self.connect = timeout;
        self
    }

    /// How long one request may take, from its start to the last byte of the answer. 30 seconds by
    /// default.
    ///
    /// Supabase ends a statement of a signed-in user after 8 seconds, whatever is set here.
    #[must_use]
    pub fn request(mut self, timeout: Duration) -> Self {
        self.request = timeout;
        self
    }

    /// How long one call may take with all its attempts. 60 seconds by default.
    #[must_use]
    pub fn total(mut self, timeout: Duration) -> Self {
        self.total = timeout;
        self
    }
}

/// The connection pool that every client of one project shares. Cheap to clone.
///
/// Building one loads the root certificates, which costs some 50 ms: build it once.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    timeouts: Timeouts,
    max_response_bytes: u64,
}

/// An answer of any status, read to its end.
#[derive(Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Http {
    /// For the project at `url`. Answers longer than `max_response_bytes` are an error.
    pub(crate) fn new(
        url: &Url,
        timeouts: Timeouts,
        max_response_bytes: u64,
    ) -> Result<Self, ClientError> {
        let mut client = reqwest::Client::builder();
        // The proxy of `HTTP_PROXY` has another loopback than this machine.
        if is_loopback(url) {
            client = client.no_proxy();
        }
        let client = client
            .user_agent(USER_AGENT)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.request)
            // A redirect would carry `apikey`, which no HTTP library knows to be a credential, to
            // whatever host the answer names.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .build()
            .map_err(|error| {
                let failure = Failure::new(ClientErrorKind::Config, root_cause(&error))
                    .with_source(error.without_url());
                ClientError::new(Operation::new("set up HTTP"), None, failure)
            })?;
        Ok(Self {
            client,
            timeouts,
            max_response_bytes,
        })
    }

    /// How long one call may take with all its attempts.
    pub(crate) fn total_timeout(&self) -> Duration {
        self.timeouts.total
    }

    /// Sends one request and reads the whole answer.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        url: &Url,
        headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<RawResponse, Failure> {
        let mut request = reqwest::Request::new(method, url.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(reqwest::Body::from);

        let mut response = self
            .client
            .execute(request)
            .await
            .map_err(|error| self.failed_to_send(&host_of(url), error))?;

        let status = response.status();
        if let Some(redirect) = redirect(status, url, response.headers()) {
            return Err(redirect);
        }
        let body = self.read_body(url, &mut response).await?;
        let headers = std::mem::take(response.headers_mut());
        Ok(RawResponse {
            status,
            headers,
            body,
        })
    }

    async fn read_body(
        &self,
        url: &Url,
        response: &mut reqwest::Response,
    ) -> Result<Bytes, Failure> {
        let status = response.status();
        let announced = response.content_length().unwrap_or(0);
        if announced > self.max_response_bytes {
            return Err(self.too_large(status));
        }
        // Most answers are one chunk, which is handed on without a copy.
        let mut first = Bytes::new();
        let mut body = BytesMut::new();
        loop {
            let read = first.len() + body.len();
            let chunk = match response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => return Err(self.broke_off(&host_of(url), status, read, error)),
            };
            if (read + chunk.len()) as u64 > self.max_response_bytes {
                return Err(self.too_large(status));
            }
            if read == 0 {
                first = chunk;
            } else {
                if body.is_empty() {
                    // The limit may be far above what there is memory for, and a server can announce
                    // anything.
                    let announced = announced.min(DEFAULT_MAX_RESPONSE_BYTES) as usize;
                    body.reserve(announced.max(first.len() + chunk.len()));
                    body.extend_from_slice(&std::mem::take(&mut first));
                }
                body.extend_from_slice(&chunk);
            }
        }
        Ok(if body.is_empty() {
            first
        } else {
            body.freeze()
        })
    }

    fn failed_to_send(&self, host: &str, error: reqwest::Error) -> Failure {
        let error = error.without_url();
        let failure = if error.is_timeout() && error.is_connect() {
            let connect = self.timeouts.connect;
            let message = format!("no connection to `{host}` within {connect:?}");
            Failure::new(ClientErrorKind::Timeout, message)
        } else if error.is_timeout() {
            self.timed_out(host)
        } else if error.is_builder() {
            let message = format!("the request is not valid HTTP: {}", root_cause(&error));
            Failure::new(ClientErrorKind::InvalidRequest, message)
        } else if error.is_connect() {
            let message = format!("no connection to `{host}`: {}", root_cause(&error));
            Failure::new(ClientErrorKind::Network, message)
        } else {
            let message = format!("`{host}` did not answer: {}", root_cause(&error));
            Failure::new(ClientErrorKind::Network, message)
        };
        failure.with_source(error)
    }

    fn broke_off(
        &self,
        host: &str,
        status: StatusCode,
        read: usize,
        error: reqwest::Error,
    ) -> Failure {
        let failure = if error.is_timeout() {
            self.timed_out(host)
        } else {
            let message = format!(
                "the answer of `{host}` broke off after {read} bytes: {}",
                root_cause(&error)
            );
            Failure::new(ClientErrorKind::Network, message)
        };
        failure.with_status(status).with_source(error.without_url())
    }

    fn timed_out(&self, host: &str) -> Failure {
        let request = self.timeouts.request;
        let message = format!("no complete answer from `{host}` within {request:?}");
        Failure::new(ClientErrorKind::Timeout, message)
    }

    fn too_large(&self, status: StatusCode) -> Failure {
        let limit = self.max_response_bytes;
        let message = format!(
            "the answer is longer than the limit of {limit} bytes; \
             ask for fewer rows or columns, or raise the limit"
        );
        Failure::new(ClientErrorKind::TooLarge, message).with_status(status)
    }
}

/// What an answer that points elsewhere means, if it is one.
fn redirect(status: StatusCode, from: &Url, headers: &HeaderMap) -> Option<Failure> {
    // PostgREST answers 300 with a JSON error where an embed or a function is ambiguous.
    if !status.is_redirection() || status == StatusCode::MULTIPLE_CHOICES {
        return None;
    }
    // Of the target only scheme, host and port are shown: the rest can hold credentials.
    let target = headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok());
    let message = match target {
        Some(to) if to.origin() == from.origin() => format!(
            "`{}` redirects to another path of itself, which is not followed; \
             is the URL a Supabase project?",
            host_of(from)
        ),
        Some(to) => format!(
            "`{}` redirects to `{}`, which is not followed because the keys would go with it; \
             if that is the project, set its URL",
            host_of(from),
            to.origin().ascii_serialization()
        ),
        None => format!(
            "`{}` redirects without saying where to; is the URL a Supabase project?",
            host_of(from)
        ),
    };
    Some(Failure::new(ClientErrorKind::Redirect, message).with_status(status))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `host` or `host:port`.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The innermost error's text: the outer ones only say that something failed.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn StdError = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    if std::ptr::addr_eq(cause, error) {
        return "the HTTP library gives no reason".to_owned();
    }
    cause.to_string()
}
