//! One HTTP exchange. Only this folder uses reqwest.

mod answer;
mod body;
#[cfg(test)]
mod http2_tests;
mod raw_response;
mod timeouts;

use std::error::Error as StdError;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, LOCATION};
use http::{HeaderMap, Method, StatusCode};
use tokio::time::timeout;
use url::{Host, Url};

pub(crate) use self::answer::Answer;
pub(crate) use self::body::{Body, BodyStream, BoxError, WrongLength};
use self::body::{Watch, watched};
pub(crate) use self::raw_response::RawResponse;
pub use self::timeouts::Timeouts;
use super::error::{ClientError, ClientErrorKind, Failure};
use super::transport::{Operation, RetryBudget};

const USER_AGENT: &str = concat!("supabase-task/", env!("CARGO_PKG_VERSION"));

/// The default for the longest response that is read: 64 MiB, counted after decompression.
pub(crate) const DEFAULT_MAX_RESPONSE_BYTES: u64 = 64 * 1024 * 1024;

/// Which connections requests are sent on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connections {
    /// Those of earlier requests, as long as they are open.
    Reused,
    /// One for each request. A connection belongs to the runtime of the request that opened it, and ends with that,
    /// even while a request of another runtime is on it.
    #[cfg(feature = "local")]
    New,
}

/// The connection pool that every client of one project shares. Cheap to clone.
///
/// Building one loads the root certificates, which costs some 50 ms: build it once.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    client: reqwest::Client,
    timeouts: Timeouts,
    max_response_bytes: u64,
    retry_budget: Arc<RetryBudget>,
}

impl Http {
    /// Builds the pool for the project at `url`. Responses longer than `max_response_bytes` are an error.
    pub(crate) fn new(
        url: &Url,
        timeouts: Timeouts,
        max_response_bytes: u64,
        connections: Connections,
    ) -> Result<Self, ClientError> {
        let client = match connections {
            Connections::Reused => builder(url, &timeouts),
            #[cfg(feature = "local")]
            Connections::New => builder(url, &timeouts).pool_max_idle_per_host(0),
        };
        Self::build(client, timeouts, max_response_bytes)
    }

    fn build(
        client: reqwest::ClientBuilder,
        timeouts: Timeouts,
        max_response_bytes: u64,
    ) -> Result<Self, ClientError> {
        let client = client.build().map_err(|error| {
            let failure = Failure::new(ClientErrorKind::Config, root_cause(&error))
                .with_source(error.without_url());
            ClientError::new(Operation::new("set up HTTP"), None, failure)
        })?;
        Ok(Self {
            client,
            timeouts,
            max_response_bytes,
            retry_budget: Arc::new(RetryBudget::new()),
        })
    }

    /// Returns the retry budget of all clients that share these connections.
    pub(crate) fn retry_budget(&self) -> &RetryBudget {
        &self.retry_budget
    }

    pub(crate) fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// Sends one request and waits for the head of the response, whatever its status.
    ///
    /// A `limit` covers the whole exchange, including the response. Without one, and if the body is a
    /// stream, the exchange may take any time while data keeps moving.
    pub(crate) async fn open(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Body,
        limit: Option<Duration>,
    ) -> Result<Answer, Failure> {
        let mut request = reqwest::Request::new(method, url);
        *request.headers_mut() = headers;
        *request.timeout_mut() = limit;
        match body {
            Body::Empty | Body::Spent => {}
            // In pieces, so that a stall is noticed.
            Body::Bytes(bytes) if limit.is_none() => {
                let stream = BodyStream::of_bytes(bytes);
                return Box::pin(self.open_with_stream(request, stream)).await;
            }
            Body::Bytes(bytes) => *request.body_mut() = Some(bytes.into()),
            Body::Stream(stream) => {
                return Box::pin(self.open_with_stream(request, stream)).await;
            }
        }
        let sent = match limit {
            Some(_) => self.client.execute(request).await,
            None => {
                let host = host_of(request.url());
                let idle = self.timeouts.request;
                match Box::pin(timeout(idle, self.client.execute(request))).await {
                    Ok(sent) => sent,
                    Err(_) => return Err(timed_out(&host, idle)),
                }
            }
        };
        match sent {
            Ok(response) => self.answer(response),
            Err(error) => Err(self.failed_to_send(error, limit)),
        }
    }

    async fn open_with_stream(
        &self,
        mut request: reqwest::Request,
        stream: BodyStream,
    ) -> Result<Answer, Failure> {
        let host = host_of(request.url());
        if let Some(length) = stream.length {
            request.headers_mut().insert(CONTENT_LENGTH, length.into());
        }
        let watch = Arc::new(Watch::default());
        let body = watched(stream, Arc::clone(&watch));
        *request.body_mut() = Some(reqwest::Body::wrap_stream(body));

        let mut sending = pin!(self.client.execute(request));
        let mut sent_before = 0;
        let outcome = loop {
            match timeout(self.timeouts.request, &mut sending).await {
                Ok(outcome) => break outcome,
                Err(_) if watch.sent() > sent_before => sent_before = watch.sent(),
                Err(_) => return Err(timed_out(&host, self.timeouts.request)),
            }
        };
        match outcome {
            Ok(response) => self.answer(response),
            Err(error) => Err(match watch.take_error() {
                Some(cause) => Failure::unreadable_body(cause),
                None => self.failed_to_send(error, None),
            }),
        }
    }

    fn answer(&self, response: reqwest::Response) -> Result<Answer, Failure> {
        match redirect(response.status(), response.url(), response.headers()) {
            Some(redirect) => Err(redirect),
            None => Ok(Answer::new(self, response)),
        }
    }

    fn failed_to_send(&self, error: reqwest::Error, limit: Option<Duration>) -> Failure {
        let host = error.url().map(host_of).unwrap_or_default();
        let error = error.without_url();
        let failure = if error.is_timeout() && error.is_connect() {
            let connect = self.timeouts.connect;
            let message = format!("no connection to `{host}` within {connect:?}");
            Failure::new(ClientErrorKind::Timeout, message)
        } else if went_silent(&error) {
            let message = format!("the connection to `{host}` went silent");
            Failure::new(ClientErrorKind::Network, message)
        } else if error.is_timeout() {
            timed_out(&host, limit.unwrap_or(self.timeouts.request))
        } else if error.is_builder() {
            let message = format!("the request is not valid HTTP: {}", root_cause(&error));
            Failure::new(ClientErrorKind::InvalidRequest, message)
        } else if error.is_connect() {
            let message = format!("no connection to `{host}`: {}", root_cause(&error));
            Failure::new(ClientErrorKind::Network, message)
        } else {
            let message = format!("`{host}` did not answer: {}", root_cause(&error));
            Failure::unanswered(message)
        };
        failure.with_source(error)
    }
}

/// Returns whether an HTTP/2 connection went silent: not even a ping was answered. reqwest reports this as
/// an ordinary timeout.
fn went_silent(error: &reqwest::Error) -> bool {
    error.is_timeout() && causes(error).any(|cause| cause.to_string() == "keep-alive timed out")
}

/// How long the answer to a ping may take: a network may pause.
const MIN_PONG: Duration = Duration::from_secs(2);
const MAX_PONG: Duration = Duration::from_secs(5);

fn builder(url: &Url, timeouts: &Timeouts) -> reqwest::ClientBuilder {
    let mut client = reqwest::Client::builder();
    // The proxy in `HTTP_PROXY` has a different loopback than this machine.
    if is_loopback(url) {
        client = client.no_proxy();
    }
    // All calls of a process share one HTTP/2 connection. If it went silent while it seemed to be open, all
    // calls on it, including later ones, would wait until they time out.
    let ping = (timeouts.request / 6).clamp(Duration::from_secs(1), Duration::from_secs(5));
    client
        .user_agent(USER_AGENT)
        .connect_timeout(timeouts.connect)
        .http2_keep_alive_interval(ping)
        .http2_keep_alive_timeout((timeouts.request / 3).clamp(MIN_PONG, MAX_PONG))
        .http2_keep_alive_while_idle(true)
        // A redirect would carry `apikey`, which no HTTP library knows to be a credential, to
        // whatever host the response names.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
}

fn timed_out(host: &str, limit: Duration) -> Failure {
    let message = format!("no complete response from `{host}` within {limit:?}");
    Failure::new(ClientErrorKind::Timeout, message)
}

/// Returns the failure for a redirect, if the response is one.
fn redirect(status: StatusCode, from: &Url, headers: &HeaderMap) -> Option<Failure> {
    // PostgREST answers 300 with a JSON error where an embed or a function is ambiguous.
    if !status.is_redirection() || status == StatusCode::MULTIPLE_CHOICES {
        return None;
    }
    // Only the target's scheme, host and port are shown: the rest can hold credentials.
    let target = headers
        .get(LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| from.join(location).ok());
    let message = match target {
        Some(to) if to.origin() == from.origin() => format!(
            "`{}` redirects to another path on the same host, which is not followed; \
             is the URL a Supabase project?",
            host_of(from)
        ),
        Some(to) => format!(
            "`{}` redirects to `{}`, which is not followed because the keys would go with it; \
             if that is the project, set this URL instead",
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

/// Returns `host` or `host:port`.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |&cause| cause.source())
}

/// Returns the innermost error's text: the outer ones only say that something failed.
fn root_cause(error: &reqwest::Error) -> String {
    match causes(error).last() {
        Some(cause) => cause.to_string(),
        None => "the HTTP library gives no reason".to_owned(),
    }
}
