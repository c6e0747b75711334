//! Requests and responses of all the project's services.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::time::Instant;
use url::Url;

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
}

/// A successful response.
pub(crate) struct Response {
    pub(crate) operation: Operation,
    pub(crate) identity: Principal,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    /// Decodes the body as `T`, parsed once and directly from its bytes. An empty body is read as
    /// `null`.
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let bytes: &[u8] = if self.body.is_empty() {
            b"null"
        } else {
            &self.body
        };
        match serde_json::from_slice(bytes) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.not_decoded(std::any::type_name::<T>(), &error)),
        }
    }

    /// Ignores the content of the response, but checks that the service sent it.
    pub(crate) fn done(self) -> Result<(), ClientError> {
        self.of_the_service().map(drop)
    }

    /// Returns the response if the service can have sent it: if its body is empty or JSON. A proxy in front
    /// of a project can answer with a page of its own, such as a challenge, and a success status.
    pub(crate) fn of_the_service(self) -> Result<Self, ClientError> {
        if self.body.trim_ascii().is_empty() {
            return Ok(self);
        }
        match serde_json::from_slice::<IgnoredAny>(&self.body) {
            Ok(_) => Ok(self),
            Err(_) => {
                let failure = Failure::not_done(self.status, &self.headers, &self.body);
                Err(self.fail(failure))
            }
        }
    }

    /// Returns an error about this response.
    pub(crate) fn fail(self, failure: Failure) -> ClientError {
        let failure = failure.with_status(self.status);
        ClientError::new(self.operation, Some(self.identity), failure)
    }

    // Not generic, so that a decoded type costs no more than its own `Deserialize`.
    fn not_decoded(self, type_name: &str, error: &serde_json::Error) -> ClientError {
        let failure = Failure::not_decoded(type_name, &self.headers, &self.body, error);
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
        let outcome = match self.deadline {
            Some(deadline) => match tokio::time::timeout_at(deadline, self.answer.chunk()).await {
                Ok(outcome) => outcome,
                Err(_) => Err(past_deadline()),
            },
            None => self.answer.chunk().await,
        };
        outcome.map_err(|failure| self.error(failure))
    }

    /// Reads the body to its end. A body longer than the client's limit is an error.
    pub(crate) async fn whole(self) -> Result<Response, ClientError> {
        let Self {
            operation,
            identity,
            answer,
            deadline,
        } = self;
        let read = answer.whole(None);
        let outcome = match deadline {
            Some(deadline) => match tokio::time::timeout_at(deadline, read).await {
                Ok(outcome) => outcome,
                Err(_) => Err(past_deadline()),
            },
            None => read.await,
        };
        match outcome {
            Ok(RawResponse {
                status,
                headers,
                body,
            }) => Ok(Response {
                operation,
                identity,
                status,
                headers,
                body,
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

pub(super) fn past_deadline() -> Failure {
    Failure::new(
        ClientErrorKind::Timeout,
        "the deadline of the client passed before the response was complete",
    )
}
