//! When a request is sent again: as supabase-js does, and never past the call's end.

use std::time::Duration;

use http::{Method, StatusCode};
use tokio::time::Instant;

use super::error::{ClientErrorKind, Failure, Service};
use super::request::Request;

/// How often a request is sent again at most.
const MAX_RETRIES: u32 = 3;

/// The longest wait between two attempts, where the server does not ask for one.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// How often one request was sent again.
pub(super) struct Retries {
    allowed: bool,
    count: u32,
    /// When the call ends, whatever has come of it.
    end: Option<Instant>,
}

impl Retries {
    /// Only what reads is ever sent again, and of functions nobody knows what they do.
    pub(super) fn new(request: &Request, by_default: bool, end: Option<Instant>) -> Self {
        let reads = matches!(request.method, Method::GET | Method::HEAD);
        Self {
            allowed: request.retry.unwrap_or(by_default)
                && reads
                && request.service != Service::Functions,
            count: 0,
            end,
        }
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// How long to wait before the request is sent again, or `None` if it is not.
    pub(super) fn after(&mut self, failure: &Failure) -> Option<Duration> {
        if !self.allowed || self.count == MAX_RETRIES || !is_passing(failure) {
            return None;
        }
        // 1, 2, 4 seconds.
        let wait = Duration::from_secs(1 << self.count).min(MAX_WAIT);
        let wait = failure.retry_after().unwrap_or(wait);
        // Who waits past the end would only learn less, later.
        if self.end.is_some_and(|end| Instant::now() + wait >= end) {
            return None;
        }
        self.count += 1;
        Some(wait)
    }
}

/// The network failed, or what stands before the project has lost it for a moment.
fn is_passing(failure: &Failure) -> bool {
    const WEB_SERVER_RETURNED_AN_UNKNOWN_ERROR: u16 = 520;

    match failure.status().as_ref().map(StatusCode::as_u16) {
        Some(503 | WEB_SERVER_RETURNED_AN_UNKNOWN_ERROR) => {
            failure.kind() == ClientErrorKind::Server
        }
        _ => failure.kind() == ClientErrorKind::Network,
    }
}
