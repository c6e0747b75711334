//! Requests and responses of all the project's services.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::Instant;
use url::Url;

use super::end::until;
use super::headers::Headers;
use super::operation::Operation;
use crate::auth::Principal;
use crate::client::error::{ClientError, ClientErrorKind, Failure, Service};
use crate::client::http::{Answer, Body, RawResponse};

/// A request without its credentials, which the transport adds.
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) service: Service,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: Headers,
    pub(crate) body: Body,
    /// Whether it may be retried. `None` means the client's setting.
    pub(crate) retry: Option<bool>,
}

impl Request {
    /// Creates a request without headers and body.
    /// [`Transport::request`](crate::client::transport::Transport::request) also builds the URL.
    pub(crate) fn new(operation: Operation, service: Service, method: Method, url: Url) -> Self {
        Self {
            operation,
            service,
            method,
            url,
            headers: Headers::default(),
            body: Body::Empty,
            retry: None,
        }
    }

    pub(crate) fn set_json(&mut self, json: Bytes) {
        self.body = Body::Bytes(json);
        let content_type = HeaderValue::from_static("application/json");
        self.headers.insert(CONTENT_TYPE, content_type);
    }
}

/// The response to a request.
#[derive(Clone)]
pub(crate) struct Response {
    pub(crate) operation: Operation,
    pub(crate) identity: Principal,
    pub(crate) raw: RawResponse,
}

impl Response {
    /// Decodes the body as `T`, parsed once and directly from its bytes. An empty body is read as
    /// `null`.
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let bytes: &[u8] = match self.raw.body.as_ref() {
            b"" => b"null",
            body => body,
        };
        serde_json::from_slice(bytes)
            .map_err(|error| self.not_decoded(std::any::type_name::<T>(), &error))
    }

    /// Ignores the content of the response, but checks that the service sent it.
    pub(crate) fn done(self) -> Result<(), ClientError> {
        self.of_the_service().map(drop)
    }

    /// Returns the response if the service can have sent it: if its body is empty or JSON. A proxy in front
    /// of a project can answer with a page of its own, such as a challenge, and a success status.
    pub(crate) fn of_the_service(self) -> Result<Self, ClientError> {
        let body = &self.raw.body;
        if body.trim_ascii().is_empty() || serde_json::from_slice::<IgnoredAny>(body).is_ok() {
            return Ok(self);
        }
        let failure = Failure::not_done(&self.raw);
        Err(self.fail(failure))
    }

    /// Returns an error that says why this response cannot be used.
    pub(crate) fn unusable(self, why: impl Into<Cow<'static, str>>) -> ClientError {
        self.fail(Failure::new(ClientErrorKind::Decode, why))
    }

    /// Returns an error about this response.
    pub(crate) fn fail(self, failure: Failure) -> ClientError {
        let failure = failure.with_status(self.raw.status);
        ClientError::new(self.operation, Some(self.identity), failure)
    }

    // Not generic, so that a decoded type costs no more than its own `Deserialize`.
    fn not_decoded(self, type_name: &str, error: &serde_json::Error) -> ClientError {
        let failure = Failure::not_decoded(type_name, &self.raw.headers, &self.raw.body, error);
        self.fail(failure)
    }
}

/// A successful response whose body is still to be read.
#[derive(Debug)]
pub(crate) struct OpenResponse {
    pub(crate) operation: Operation,
    pub(crate) identity: Principal,
    pub(crate) answer: Answer,
    /// When reading it must be complete.
    pub(crate) deadline: Option<Instant>,
}

impl OpenResponse {
    /// Returns the next piece of the body, or `None` at its end. Cancellation-safe.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, ClientError> {
        until(self.deadline, self.answer.chunk())
            .await
            .map_err(|failure| self.error(failure))
    }

    /// Reads the body to its end. A body longer than the client's limit is an error.
    pub(crate) async fn whole(self) -> Result<Response, ClientError> {
        let Self {
            operation,
            identity,
            answer,
            deadline,
        } = self;
        match until(deadline, answer.whole(None)).await {
            Ok(raw) => Ok(Response {
                operation,
                identity,
                raw,
            }),
            Err(failure) => Err(ClientError::new(operation, Some(identity), failure)),
        }
    }

    /// Returns an error about this response.
    pub(crate) fn error(&self, failure: Failure) -> ClientError {
        let failure = failure.with_status(self.answer.status());
        ClientError::new(self.operation.clone(), Some(self.identity), failure)
    }
}
