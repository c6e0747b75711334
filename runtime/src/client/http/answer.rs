//! A response whose head has arrived, and its body as it comes.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use tokio::time::timeout;

use super::raw_response::RawResponse;
use super::{DEFAULT_MAX_RESPONSE_BYTES, Http, host_of, root_cause, timed_out, went_silent};
use crate::client::error::{ClientErrorKind, Failure};
use crate::debug::debug_fields;

/// A response of any status, whose head has been read.
pub(crate) struct Answer {
    response: reqwest::Response,
    /// The longest wait for the next piece, where the body is read in pieces.
    idle: Duration,
    max_bytes: u64,
    read: u64,
}

impl Answer {
    pub(super) fn new(http: &Http, response: reqwest::Response) -> Self {
        Self {
            response,
            idle: http.timeouts.request,
            max_bytes: http.max_response_bytes,
            read: 0,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// Returns the length of the body, if the server announced it and did not compress the body.
    pub(crate) fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// Returns the length of the longest response that is read as a whole.
    pub(crate) fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// Returns the next piece of the body, or `None` at its end.
    ///
    /// Cancellation-safe: a piece that was not returned is returned by the next call.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        let chunk = match timeout(self.idle, self.response.chunk()).await {
            Ok(Ok(chunk)) => chunk,
            Ok(Err(error)) => return Err(self.broke_off(error, self.idle)),
            Err(_) => {
                let host = host_of(self.response.url());
                return Err(timed_out(&host, self.idle).with_status(self.status()));
            }
        };
        self.read += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        Ok(chunk)
    }

    /// Reads the body to its end. If the request has a `limit`, that covers the body; otherwise the
    /// wait for each piece is limited. A body longer than the client's size limit is an error.
    pub(crate) async fn whole(mut self, limit: Option<Duration>) -> Result<RawResponse, Failure> {
        let max = self.max_bytes;
        let announced = self.length().unwrap_or(0);
        if announced > max {
            return Err(self.too_large());
        }
        // Most responses are one chunk, which is handed on without a copy.
        let mut first = Bytes::new();
        let mut body = BytesMut::new();
        loop {
            let before = self.read;
            let chunk = match limit {
                // The request's own limit covers the whole body.
                Some(limit) => match self.response.chunk().await {
                    Ok(chunk) => chunk,
                    Err(error) => return Err(self.broke_off(error, limit)),
                },
                None => self.chunk().await?,
            };
            let Some(chunk) = chunk else { break };
            if limit.is_some() {
                self.read += chunk.len() as u64;
            }
            if self.read > max {
                return Err(self.too_large());
            }
            if before == 0 {
                first = chunk;
            } else {
                if body.is_empty() {
                    // The limit may be far above the available memory, and a server can announce any
                    // length.
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

    fn broke_off(&self, error: reqwest::Error, limit: Duration) -> Failure {
        let host = host_of(self.response.url());
        let failure = if error.is_timeout() && !went_silent(&error) {
            timed_out(&host, limit)
        } else {
            let message = format!(
                "the response from `{host}` broke off after {} bytes: {}",
                self.read,
                root_cause(&error)
            );
            Failure::new(ClientErrorKind::Network, message)
        };
        failure
            .with_status(self.status())
            .with_source(error.without_url())
    }

    /// Returns the error of a response that is longer than the limit.
    pub(crate) fn too_large(&self) -> Failure {
        let limit = self.max_bytes;
        let message = format!(
            "the response is longer than the limit of {limit} bytes; \
             ask for fewer rows or columns, or raise the limit"
        );
        Failure::new(ClientErrorKind::TooLarge, message).with_status(self.status())
    }
}

debug_fields!(Answer: |this| {
    status: this.status(),
    read: this.read,
});
