//! What goes out and what comes back, of any of the project's services.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use url::Url;

use super::error::{ClientError, Failure};
use crate::auth::Principal;

/// What a request is for, in words for errors and logs: ``insert into `todos` ``.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    verb: &'static str,
    target: Option<String>,
}

impl Operation {
    pub(crate) const fn new(verb: &'static str) -> Self {
        Self { verb, target: None }
    }

    pub(crate) fn on(verb: &'static str, target: String) -> Self {
        Self {
            verb,
            target: Some(target),
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb)?;
        match &self.target {
            Some(target) => write!(f, " `{}`", target.escape_debug()),
            None => Ok(()),
        }
    }
}

/// A request without its credentials, which the transport adds.
pub(crate) struct Request {
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
}

/// A successful answer.
pub(crate) struct Response {
    pub(crate) operation: Operation,
    pub(crate) identity: Principal,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Response {
    /// The body as `T`, parsed once and straight from its bytes. An empty body is read as `null`.
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

    /// An error about this answer.
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
