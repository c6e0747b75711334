//! [`Transport`]: sends requests as one identity, and retries them.

mod end;
mod endpoints;
mod headers;
mod operation;
mod received;
mod request;
mod retries;
mod retry_budget;

use std::sync::Arc;
use std::time::Duration;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use secrecy::SecretString;
use tokio::time::Instant;
use url::Url;

use self::end::{End, past_deadline, until};
pub(crate) use self::endpoints::Endpoints;
pub(crate) use self::headers::Headers;
pub(crate) use self::operation::Operation;
use self::received::{Reading, Received, receive};
pub(crate) use self::request::{OpenResponse, Request, Response};
pub(super) use self::retries::Retries;
pub(crate) use self::retry_budget::RetryBudget;
use super::error::{ClientError, ClientErrorKind, Failure, Service, too_long};
use super::http::{Body, Http, host_of};
use crate::auth::Principal;
use crate::debug::debug_fields;
use crate::token::{TokenError, UserToken};

const APIKEY: HeaderName = HeaderName::from_static("apikey");
const RETRY_COUNT: HeaderName = HeaderName::from_static("x-retry-count");

/// Sends requests of one identity to one project. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Transport {
    inner: Arc<Inner>,
    /// When every call must be complete.
    deadline: Option<Instant>,
    /// Whether reads are retried.
    retries: bool,
}

struct Inner {
    http: Http,
    endpoints: Arc<Endpoints>,
    apikey: HeaderValue,
    authorization: Authorization,
    identity: Principal,
}

/// Where the `Authorization` header comes from.
pub(crate) enum Authorization {
    /// The API key again, as supabase-js does for `sb_…` and for legacy keys alike.
    Key(HeaderValue),
    /// A token of the user or the role, minted when needed.
    Token(Arc<dyn TokenSource>),
}

/// The tokens of one client. Not async, because signing takes microseconds.
pub(crate) trait TokenSource: Send + Sync {
    /// Returns `Bearer …`, marked sensitive.
    fn authorization(&self) -> Result<HeaderValue, TokenError>;

    /// Returns another one, after the server reported `rejected` as expired.
    fn refresh(&self, rejected: &HeaderValue) -> Result<HeaderValue, TokenError>;
}

impl TokenSource for UserToken {
    fn authorization(&self) -> Result<HeaderValue, TokenError> {
        self.authorization()
    }

    fn refresh(&self, rejected: &HeaderValue) -> Result<HeaderValue, TokenError> {
        self.refresh(rejected)
    }
}

impl Transport {
    pub(crate) fn new(
        http: Http,
        endpoints: Arc<Endpoints>,
        apikey: HeaderValue,
        authorization: Authorization,
        identity: Principal,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                http,
                endpoints,
                apikey,
                authorization,
                identity,
            }),
            deadline: None,
            retries: true,
        }
    }

    /// Sets the deadline of every call, unless an earlier one is already set.
    pub(crate) fn with_deadline(mut self, deadline: Instant) -> Self {
        self.deadline = Some(
            self.deadline
                .map_or(deadline, |sooner| sooner.min(deadline)),
        );
        self
    }

    /// Returns the deadline of every call, if one is set.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Turns retries of reads on or off.
    pub(crate) fn with_retries(mut self, retries: bool) -> Self {
        self.retries = retries;
        self
    }

    /// Returns whether reads are retried.
    pub(crate) fn retries(&self) -> bool {
        self.retries
    }

    pub(crate) fn identity(&self) -> Principal {
        self.inner.identity
    }

    /// Returns the user's token, without `Bearer `.
    pub(super) fn access_token(&self) -> Result<SecretString, TokenError> {
        let value = match &self.inner.authorization {
            Authorization::Token(tokens) => tokens.authorization()?,
            Authorization::Key(key) => key.clone(),
        };
        let text = String::from_utf8_lossy(value.as_bytes());
        Ok(text.strip_prefix("Bearer ").unwrap_or(&text).into())
    }

    pub(crate) fn host(&self) -> String {
        host_of(self.inner.endpoints.project())
    }

    /// Returns the URL of `service` followed by `path`. Each segment stays one segment, whatever it
    /// contains.
    pub(crate) fn url_of(&self, service: Service, path: &[&str]) -> Result<Url, Failure> {
        self.inner.endpoints.of(service, path)
    }

    /// Creates a request to `service`, with `path` after the service's own path.
    pub(crate) fn request(
        &self,
        service: Service,
        method: Method,
        path: &[&str],
        operation: Operation,
    ) -> Result<Request, ClientError> {
        match self.url_of(service, path) {
            Ok(url) => Ok(Request::new(operation, service, method, url)),
            Err(failure) => Err(self.not_sent(operation, failure)),
        }
    }

    /// Returns the error of a call of this identity.
    pub(crate) fn not_sent(&self, operation: Operation, failure: Failure) -> ClientError {
        ClientError::new(operation, Some(self.identity()), failure)
    }

    /// Sends `request` with this identity's credentials and reads the response to its end. Any status
    /// other than 2xx is an error.
    ///
    /// If the server reports the user's token as expired, the token is replaced and the request sent
    /// again, once. Reads are retried as [`Retries`] decides. Nothing else is sent twice.
    pub(crate) async fn send(&self, mut request: Request) -> Result<Response, ClientError> {
        // A streamed body may take any time.
        let outcome = if request.body.is_stream() {
            let received = self.attempts(&mut request, Reading::Whole, None);
            until(self.deadline, Box::pin(received)).await
        } else {
            // Each attempt gets the time that is left, so that no timer is needed for all of them together.
            let end = self.end_of_call();
            self.attempts(&mut request, Reading::Whole, Some(end)).await
        };
        match outcome.and_then(Received::whole) {
            Ok(raw) => Ok(Response {
                operation: request.operation,
                identity: self.identity(),
                raw,
            }),
            Err(failure) => Err(self.failed(request, failure)),
        }
    }

    /// Like [`send`](Self::send), but returns the response before its body is read. The exchange may take
    /// any time while data keeps moving, up to the client's deadline.
    pub(crate) async fn open(&self, mut request: Request) -> Result<OpenResponse, ClientError> {
        let end = self.deadline.map(End::Deadline);
        let received = self.attempts(&mut request, Reading::Pieces, end);
        let outcome = until(self.deadline, received).await;
        match outcome.and_then(Received::open) {
            Ok(answer) => Ok(OpenResponse {
                operation: request.operation,
                identity: self.identity(),
                answer,
                deadline: self.deadline,
            }),
            Err(failure) => Err(self.failed(request, failure)),
        }
    }

    fn failed(&self, request: Request, failure: Failure) -> ClientError {
        let failure = failure.of_url(request.service, &request.url);
        self.not_sent(request.operation, failure)
    }

    fn end_of_call(&self) -> End {
        let total = self.inner.http.timeouts().total;
        let by_total = Instant::now() + total;
        match self.deadline {
            Some(deadline) if deadline < by_total => End::Deadline(deadline),
            _ => End::Total(by_total, total),
        }
    }

    async fn attempts(
        &self,
        request: &mut Request,
        reading: Reading,
        end: Option<End>,
    ) -> Result<Received, Failure> {
        if let Some(failure) = too_long(request.service, &request.url) {
            return Err(failure);
        }
        let budget = self.inner.http.retry_budget();
        let mut retries = Retries::new(request, self.retries, end.map(End::at), budget);
        let mut refreshed = false;
        let mut authorization = self.authorization(request)?;
        loop {
            let headers = self.headers(request, authorization.as_ref(), retries.count());
            let failure = match self.attempt(request, headers, reading, end).await {
                Ok(received) => {
                    budget.earn();
                    return Ok(received);
                }
                Err(failure) => {
                    let own = [Some(&self.inner.apikey), authorization.as_ref()];
                    failure.without(own.into_iter().flatten())
                }
            };
            if matches!(request.body, Body::Spent) {
                return Err(failure);
            }
            if let (Authorization::Token(tokens), Some(rejected), false) =
                (&self.inner.authorization, &authorization, refreshed)
                && failure.is_expired_token()
            {
                refreshed = true;
                authorization = Some(tokens.refresh(rejected).map_err(Failure::not_signed)?);
                continue;
            }
            match retries.after(&failure) {
                Some(wait) => {
                    tracing::warn!(
                        host = %self.host(),
                        method = %request.method,
                        operation = %request.operation,
                        kind = ?failure.kind(),
                        status = failure.status().map(|status| status.as_u16()),
                        ?wait,
                        "a supabase request failed, retrying after a wait"
                    );
                    tokio::time::sleep(wait).await;
                }
                None => return Err(failure),
            }
            // The token may have expired during the wait.
            authorization = self.authorization(request)?;
        }
    }

    fn authorization(&self, request: &Request) -> Result<Option<HeaderValue>, Failure> {
        // The token of another user, whom a service client signs out with it.
        if let Some(own) = request.headers.get(&AUTHORIZATION) {
            return Ok(Some(own.clone()));
        }
        match &self.inner.authorization {
            // Functions accept a legacy key as a token, because it is one, but not a new key.
            Authorization::Key(key) if request.service == Service::Functions && is_new_key(key) => {
                Ok(None)
            }
            Authorization::Key(key) => Ok(Some(key.clone())),
            Authorization::Token(tokens) => tokens
                .authorization()
                .map(Some)
                .map_err(Failure::not_signed),
        }
    }

    fn headers(
        &self,
        request: &Request,
        authorization: Option<&HeaderValue>,
        retry: u32,
    ) -> HeaderMap {
        // Room for what reqwest adds, so that the map never grows.
        let mut headers = request.headers.to_map(6);
        headers.insert(APIKEY, self.inner.apikey.clone());
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        if retry > 0 {
            headers.insert(RETRY_COUNT, retry.into());
        }
        headers
    }

    async fn attempt(
        &self,
        request: &mut Request,
        headers: HeaderMap,
        reading: Reading,
        end: Option<End>,
    ) -> Result<Received, Failure> {
        let Some(body) = request.body.take() else {
            return Err(Failure::invalid("its body was sent already"));
        };
        let (limit, cut_short_by) = match (reading, end) {
            (Reading::Whole, Some(end)) => self.limit(end),
            _ => (None, None),
        };
        let (method, url) = (request.method.clone(), request.url.clone());
        let outcome = match self
            .inner
            .http
            .open(method, url, headers, body, limit)
            .await
        {
            Ok(answer) => receive(request.service, answer, reading, limit).await,
            Err(failure) => Err(failure),
        };
        // Never log the query or the body: both hold the user's data.
        match &outcome {
            Ok(received) => tracing::debug!(
                method = %request.method,
                operation = %request.operation,
                status = received.status().as_u16(),
                "supabase answered"
            ),
            Err(failure) => tracing::debug!(
                method = %request.method,
                operation = %request.operation,
                kind = ?failure.kind(),
                status = failure.status().map(|status| status.as_u16()),
                "supabase request failed"
            ),
        }
        match (outcome, cut_short_by) {
            (Err(failure), Some(end)) if failure.kind() == ClientErrorKind::Timeout => {
                Err(self.past(end))
            }
            (outcome, _) => outcome,
        }
    }

    /// Returns how long an attempt may take, and the end of the call if that shortens it.
    fn limit(&self, end: End) -> (Option<Duration>, Option<End>) {
        let request = self.inner.http.timeouts().request;
        let left = end.at().saturating_duration_since(Instant::now());
        if left < request {
            (Some(left), Some(end))
        } else {
            (Some(request), None)
        }
    }

    fn past(&self, end: End) -> Failure {
        match end {
            End::Deadline(_) => past_deadline(),
            End::Total(_, total) => {
                let message = format!(
                    "no complete response from `{}` within {total:?}, all attempts together",
                    self.host()
                );
                Failure::new(ClientErrorKind::Timeout, message)
            }
        }
    }
}

fn is_new_key(authorization: &HeaderValue) -> bool {
    authorization.as_bytes().starts_with(b"Bearer sb_")
}

debug_fields!(Transport: |this| {
    host: this.host(),
    identity: this.identity(),
});
