//! Who a request goes out as, and how often.

use std::fmt;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

use super::error::{ClientError, ClientErrorKind, Failure};
use super::http::{Http, RawResponse, host_of};
use super::request::{Request, Response};
use crate::auth::Principal;
use crate::token::{TokenError, UserToken};

const APIKEY: HeaderName = HeaderName::from_static("apikey");

/// Sends requests of one identity to one project. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Inner>);

struct Inner {
    http: Http,
    url: Url,
    apikey: HeaderValue,
    authorization: Authorization,
    identity: Principal,
}

/// Where the `Authorization` header comes from.
pub(crate) enum Authorization {
    /// The API key again, as supabase-js does for `sb_…` and for legacy keys alike.
    Key(HeaderValue),
    /// A token of the user's, minted when needed.
    User(Arc<dyn TokenSource>),
}

/// The tokens of one user. Never asked to wait: signing takes microseconds.
pub(crate) trait TokenSource: Send + Sync {
    /// `Bearer …`, marked sensitive.
    fn authorization(&self) -> Result<HeaderValue, TokenError>;

    /// Another one, after the server called `rejected` expired.
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
    /// `url` is the project's, without a path.
    pub(crate) fn new(
        http: Http,
        url: Url,
        apikey: HeaderValue,
        authorization: Authorization,
        identity: Principal,
    ) -> Self {
        Self(Arc::new(Inner {
            http,
            url,
            apikey,
            authorization,
            identity,
        }))
    }

    pub(crate) fn identity(&self) -> Principal {
        self.0.identity
    }

    /// A user's token, without `Bearer `.
    pub(super) fn access_token(&self) -> Result<SecretString, TokenError> {
        let value = match &self.0.authorization {
            Authorization::User(tokens) => tokens.authorization()?,
            Authorization::Key(key) => key.clone(),
        };
        let text = String::from_utf8_lossy(value.as_bytes());
        Ok(text.strip_prefix("Bearer ").unwrap_or(&text).into())
    }

    pub(crate) fn host(&self) -> String {
        host_of(&self.0.url)
    }

    /// The project's URL with `path` behind it. Whatever a segment holds, it stays one segment.
    pub(crate) fn url_of(&self, path: &[&str]) -> Result<Url, Failure> {
        if let Some(segment) = path.iter().find(|segment| !is_one_segment(segment)) {
            let message = format!(
                "`{}` is not a name: it must not be empty, `.`, `..` or hold control characters",
                segment.escape_debug()
            );
            return Err(Failure::new(ClientErrorKind::InvalidRequest, message));
        }
        let mut url = self.0.url.clone();
        match url.path_segments_mut() {
            Ok(mut segments) => segments.pop_if_empty().extend(path),
            Err(()) => {
                let message = "the project's URL is not an http or https URL";
                return Err(Failure::new(ClientErrorKind::Config, message));
            }
        };
        Ok(url)
    }

    /// Sends `request` with this identity's credentials; any status but 2xx is an error.
    ///
    /// A user's token that the server calls expired is replaced, and the request sent again, once.
    /// Nothing else is sent twice.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, ClientError> {
        let limit = self.0.http.total_timeout();
        let outcome = match tokio::time::timeout(limit, self.attempts(&request)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let message = format!(
                    "no complete answer from `{}` within {limit:?}, all attempts together",
                    self.host()
                );
                Err(Failure::new(ClientErrorKind::Timeout, message))
            }
        };
        let identity = self.identity();
        match outcome {
            Ok(RawResponse {
                status,
                headers,
                body,
            }) => Ok(Response {
                operation: request.operation,
                identity,
                status,
                headers,
                body,
            }),
            Err(failure) => Err(ClientError::new(request.operation, Some(identity), failure)),
        }
    }

    async fn attempts(&self, request: &Request) -> Result<RawResponse, Failure> {
        match &self.0.authorization {
            Authorization::Key(key) => self.attempt(request, key.clone()).await,
            Authorization::User(tokens) => {
                let token = tokens.authorization().map_err(Failure::not_signed)?;
                match self.attempt(request, token.clone()).await {
                    Err(failure) if failure.is_expired_token() => {
                        let fresh = tokens.refresh(&token).map_err(Failure::not_signed)?;
                        self.attempt(request, fresh).await
                    }
                    outcome => outcome,
                }
            }
        }
    }

    async fn attempt(
        &self,
        request: &Request,
        authorization: HeaderValue,
    ) -> Result<RawResponse, Failure> {
        let mut headers = request.headers.clone();
        headers.insert(APIKEY, self.0.apikey.clone());
        headers.insert(AUTHORIZATION, authorization);
        let outcome = self
            .0
            .http
            .exchange(
                request.method.clone(),
                &request.url,
                headers,
                request.body.clone(),
            )
            .await;

        // Never the query or the body: both hold the user's data.
        match &outcome {
            Ok(response) => tracing::debug!(
                method = %request.method,
                operation = %request.operation,
                status = response.status.as_u16(),
                "supabase answered"
            ),
            Err(failure) => tracing::debug!(
                method = %request.method,
                operation = %request.operation,
                kind = ?failure.kind(),
                "supabase request failed"
            ),
        }
        match outcome {
            Ok(response) if !response.status.is_success() => Err(Failure::refused(&response)),
            outcome => outcome,
        }
    }
}

// `Url` drops `.`, `..` and some control characters from a pushed segment instead of encoding them.
fn is_one_segment(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && !segment.contains(|c: char| c.is_control())
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("host", &self.host())
            .field("identity", &self.identity())
            .finish_non_exhaustive()
    }
}
