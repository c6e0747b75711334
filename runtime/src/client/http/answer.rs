//! An answer whose head has arrived, and its body as it comes.

use std::fmt;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio::time::timeout;

use super::{DEFAULT_MAX_RESPONSE_BYTES, Http, host_of, root_cause};
use crate::client::error::{ClientErrorKind, Failure};

/// An answer of any status, of which the head was read.
pub(crate) struct Answer {
    http: Http,
    response: reqwest::Response,
    read: u64,
}

/// An answer of any status, read to its end.
#[derive(Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(super) fn new(http: Http, response: reqwest::Response) -> Self {
        Self {
            http,
            response,
            read: 0,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// How long the body is, if the server says so and did not compress it.
    pub(crate) fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next piece of the body, or `None` at its end.
    ///
    /// Cancellation-safe: a piece that was not returned is returned by the next call.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        let limit = self.http.timeouts.request;
        let chunk = match timeout(limit, self.response.chunk()).await {
            Ok(Ok(chunk)) => chunk,
            Ok(Err(error)) => return Err(self.broke_off(error)),
            Err(_) => {
                let host = host_of(self.response.url());
                let failure = self.http.timed_out(&host).with_status(self.status());
                return Err(failure);
            }
        };
        self.read += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Ok(chunk)
    }

    /// Reads the body to its end. Longer than the limit is an error.
    pub(crate) async fn whole(mut self) -> Result<RawResponse, Failure> {
        let max = self.http.max_response_bytes;
        let announced = self.length().unwrap_or(0);
        if announced > max {
            return Err(self.too_large());
        }
        // Most answers are one chunk, which is handed on without a copy.
        let mut first = Bytes::new();
        let mut body = BytesMut::new();
        loop {
            let before = self.read;
            // No limit for one chunk here: the request has one for all of it.
            let chunk = match self.response.chunk().await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(error) => return Err(self.broke_off(error)),
            };
            self.read += chunk.len() as u64;
            if self.read > max {
                return Err(self.too_large());
            }
            if before == 0 {
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
        let body = if body.is_empty() {
            first
        } else {
            body.freeze()
        };
        Ok(RawResponse {
            status: self.status(),
            headers: std::mem::take(self.response.headers_mut()),
            body,
        })
    }

    fn broke_off(&self, error: reqwest::Error) -> Failure {
        let host = host_of(self.response.url());
        let failure = if error.is_timeout() {
            self.http.timed_out(&host)
        } else {
            let message = format!(
                "the answer of `{host}` broke off after {} bytes: {}",
                self.read,
                root_cause(&error)
            );
            Failure::new(ClientErrorKind::Network, message)
        };
        failure
            .with_status(self.status())
            .with_source(error.without_url())
    }

    fn too_large(&self) -> Failure {
        let limit = self.http.max_response_bytes;
        let message = format!(
            "the answer is longer than the limit of {limit} bytes; \
             ask for fewer rows or columns, or raise the limit"
        );
        Failure::new(ClientErrorKind::TooLarge, message).with_status(self.status())
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status())
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
