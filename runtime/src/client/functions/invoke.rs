//! [`Invoke`]: a call of a function, before it is sent.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{FunctionRegion, FunctionResponse, FunctionStream};
use crate::client::connection_header::is_of_connection;
use crate::client::error::{ClientError, Failure, Service};
use crate::client::http::Body;
use crate::client::sent::sent_when_awaited;
use crate::client::to_json::to_json;
use crate::client::transport::{Headers, Operation, Request, Transport};
use crate::debug::debug_fields;

const REGION: HeaderName = HeaderName::from_static("x-region");
const APIKEY: HeaderName = HeaderName::from_static("apikey");
const FORCE_REGION: &str = "forceFunctionRegion";

/// The HTTP method with which an Edge Function is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FunctionMethod {
    /// `POST`
    #[default]
    Post,
    /// `GET`, which has no body.
    Get,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl FunctionMethod {
    fn as_http(self) -> Method {
        match self {
            Self::Post => Method::POST,
            Self::Get => Method::GET,
            Self::Put => Method::PUT,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// A call of an Edge Function, before it is sent. From
/// [`Functions::invoke`](super::Functions::invoke).
///
/// # Errors
///
/// All ways to send the call fail alike. If the function answers with a status other than 2xx, the
/// error is [`ClientErrorKind::Server`], and the answer is in [`ClientError::function_response`]. If
/// the function was not reached, the error is [`ClientErrorKind::Relay`]. A mistake in the call is an
/// error too, and nothing is sent.
///
/// [`ClientErrorKind::Server`]: crate::client::ClientErrorKind::Server
/// [`ClientErrorKind::Relay`]: crate::client::ClientErrorKind::Relay
#[must_use = "a call does nothing until it is awaited"]
pub struct Invoke {
    transport: Transport,
    path: Vec<String>,
    query: Vec<(String, String)>,
    method: FunctionMethod,
    region: FunctionRegion,
    headers: Headers,
    body: Option<(HeaderValue, Bytes)>,
    timeout: Option<Duration>,
    /// The first mistake. If there is one, nothing is sent.
    mistake: Option<Failure>,
}

impl Invoke {
    pub(super) fn new(transport: Transport, function: &str, region: FunctionRegion) -> Self {
        let (path, query) = function.split_once('?').unwrap_or((function, ""));
        Self {
            transport,
            path: path.split('/').map(str::to_owned).collect(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            method: FunctionMethod::Post,
            region,
            headers: Headers::default(),
            body: None,
            timeout: None,
            mistake: None,
        }
    }

    /// Sets the method. `POST` by default.
    pub fn method(mut self, method: FunctionMethod) -> Self {
        self.method = method;
        self
    }

    /// Adds a segment to the path after the function's name. It is encoded, so a `/` in it does not
    /// start another segment.
    pub fn segment(mut self, segment: &str) -> Self {
        self.path.push(segment.to_owned());
        self
    }

    /// Adds `key=value` to the query.
    pub fn query(mut self, key: &str, value: &str) -> Self {
        self.query.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Sets where the function runs.
    pub fn region(mut self, region: FunctionRegion) -> Self {
        self.region = region;
        self
    }

    /// Sets a header, replacing one of the same name. A `Content-Type` replaces that of the body.
    ///
    /// You cannot set `apikey` and `Authorization`, which carry the client's identity, or headers of the
    /// connection such as `Host`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match header(name, value) {
            Ok((name, value)) => self.headers.insert(name, value),
            Err(mistake) => self.fail(mistake),
        }
        self
    }

    /// Sets a body of JSON.
    pub fn json<B: Serialize + ?Sized>(mut self, body: &B) -> Self {
        match to_json("the body", body) {
            Ok(json) => self.set_body("application/json", json),
            Err(mistake) => self.fail(mistake),
        }
        self
    }

    /// Sets a body of text: `text/plain`.
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.set_body("text/plain", Bytes::from(body.into()));
        self
    }

    /// Sets a body of bytes: `application/octet-stream`.
    pub fn bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.set_body("application/octet-stream", body.into());
        self
    }

    /// Sets how long the call may take. By default, [`Timeouts`](crate::client::Timeouts) and the
    /// client's deadline apply: 30 seconds for an answer that is read as a whole. This cannot extend
    /// them.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends the call, and reads the answer as JSON into a `T`. An empty answer is read as `null`.
    pub async fn execute<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let (transport, request) = self.into_request()?;
        transport.send(request).await?.decode()
    }

    /// Sends the call, and returns the whole answer: status, headers and body.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, FunctionMethod, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let report = supabase
    ///     .functions()
    ///     .invoke("report")
    ///     .method(FunctionMethod::Get)
    ///     .query("month", "2026-11")
    ///     .response()
    ///     .await?;
    /// let (kind, pdf) = (report.content_type(), report.bytes());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn response(self) -> Result<FunctionResponse, ClientError> {
        let (transport, request) = self.into_request()?;
        transport.send(request).await.map(FunctionResponse)
    }

    /// Sends the call, and returns the answer as a stream: for server-sent events, and for answers that
    /// are too long to hold in memory.
    pub async fn stream(self) -> Result<FunctionStream, ClientError> {
        let (transport, request) = self.into_request()?;
        transport.open(request).await.map(FunctionStream::new)
    }

    async fn send(self) -> Result<(), ClientError> {
        let (transport, request) = self.into_request()?;
        transport.send(request).await.map(drop)
    }

    fn set_body(&mut self, content_type: &'static str, body: Bytes) {
        self.body = Some((HeaderValue::from_static(content_type), body));
    }

    fn fail(&mut self, mistake: Failure) {
        self.mistake.get_or_insert(mistake);
    }

    fn operation(&self) -> Operation {
        Operation::on("invoke", self.path.first().cloned().unwrap_or_default())
    }

    fn into_request(self) -> Result<(Transport, Request), ClientError> {
        let operation = self.operation();
        let mut transport = self.transport.clone();
        // A timeout can be too far in the future to be a deadline.
        let deadline = |timeout| Instant::now().checked_add(timeout);
        if let Some(deadline) = self.timeout.and_then(deadline) {
            transport = transport.with_deadline(deadline.into());
        }
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let method = self.method.as_http();
        let request = transport.request(Service::Functions, method, &path, operation.clone());
        match self.fill(request?) {
            Ok(request) => Ok((transport, request)),
            Err(mistake) => Err(transport.not_sent(operation, mistake)),
        }
    }

    fn fill(self, mut request: Request) -> Result<Request, Failure> {
        if let Some(mistake) = self.mistake {
            return Err(mistake);
        }
        if self.method == FunctionMethod::Get && self.body.is_some() {
            return Err(Failure::invalid(
                "a GET has no body; choose another `.method(…)`, or use `.query(…)`",
            ));
        }
        let mut query = self.query;
        request.headers = self.headers;
        if self.region != FunctionRegion::Any && self.region.as_str() != "any" {
            let region = self.region.as_str();
            let value = HeaderValue::try_from(region);
            let value = value.map_err(|_| Failure::invalid("the region is invalid in a header"))?;
            request.headers.insert_if_absent(REGION, value);
            query.retain(|(key, _)| key != FORCE_REGION);
            query.push((FORCE_REGION.to_owned(), region.to_owned()));
        }
        if !query.is_empty() {
            request.url.query_pairs_mut().extend_pairs(query);
        }
        if let Some((content_type, body)) = self.body {
            request.headers.insert_if_absent(CONTENT_TYPE, content_type);
            request.body = Body::Bytes(body);
        }
        Ok(request)
    }
}

/// Checks that this is a header that the caller may set.
fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), Failure> {
    let not_a_header =
        |what: &str| Failure::invalid(format!("this cannot be the {what} of a header"));
    let name = HeaderName::try_from(name).map_err(|_| not_a_header("name"))?;
    if [APIKEY, AUTHORIZATION].contains(&name) {
        return Err(Failure::invalid(format!(
            "`{name}` is set by the client, according to the task's identity"
        )));
    }
    if is_of_connection(name.as_str()) {
        return Err(Failure::invalid(format!(
            "`{name}` is set by the connection"
        )));
    }
    let mut value = HeaderValue::try_from(value).map_err(|_| not_a_header("value"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

sent_when_awaited! {
    /// Sends the call, and ignores the content of the answer.
    Invoke => ()
}

// Query, headers and body are the user's data.
debug_fields!(Invoke: |this| {
    function: this.path.first(),
    method: this.method,
    region: this.region.as_str(),
});
