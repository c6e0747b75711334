//! When a request is sent again: as supabase-js does, but not all at once, and never past the call's end.

use std::time::Duration;

use http::{Method, StatusCode};
use tokio::time::Instant;

use super::error::{ClientErrorKind, Failure, Service};
use super::request::Request;
use super::retry_budget::RetryBudget;
use crate::jitter::jitter;

/// How often a request is sent again at most.
const MAX_RETRIES: u32 = 3;

/// How much longer than said a wait may be, so that many who failed together do not come back together.
const SPREAD: f64 = 0.25;

/// How often one request was sent again.
pub(super) struct Retries<'a> {
    allowed: bool,
    budget: &'a RetryBudget,
    count: u32,
    /// When the call ends, whatever has come of it.
    end: Option<Instant>,
}

impl<'a> Retries<'a> {
    /// Only what reads is ever sent again, and of functions nobody knows what they do.
    pub(super) fn new(
        request: &Request,
        by_default: bool,
        end: Option<Instant>,
        budget: &'a RetryBudget,
    ) -> Self {
        let reads = matches!(request.method, Method::GET | Method::HEAD);
        Self {
            allowed: request.retry.unwrap_or(by_default)
                && reads
                && request.service != Service::Functions,
            budget,
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
        let wait = Duration::from_secs(1 << self.count);
        let wait = failure.retry_after().unwrap_or(wait);
        let wait = wait.mul_f64(1.0 + SPREAD * jitter());
        // Who waits past the end would only learn less, later.
        if self.end.is_some_and(|end| Instant::now() + wait >= end) || !self.budget.spend() {
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
