//! When a request is retried: as in supabase-js, but with jitter, and never past the call's end.

use std::time::Duration;

use http::{Method, StatusCode};
use tokio::time::Instant;

use super::request::Request;
use super::retry_budget::RetryBudget;
use crate::client::error::{ClientErrorKind, Failure, Service};
use crate::jitter::jitter;

/// The most retries of one request.
const MAX_RETRIES: u32 = 3;

/// How much longer a wait may be, so that clients that failed together do not all retry together.
const SPREAD: f64 = 0.25;

/// The retries of one request.
pub(in crate::client) struct Retries<'a> {
    allowed: bool,
    budget: &'a RetryBudget,
    count: u32,
    /// When the call ends, whether complete or not.
    end: Option<Instant>,
}

impl<'a> Retries<'a> {
    /// Only reads are ever retried, and never calls of Edge Functions, whose effects are unknown.
    pub(in crate::client) fn new(
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

    pub(in crate::client) fn count(&self) -> u32 {
        self.count
    }

    /// Returns how long to wait before the request is retried, or `None` if it is not.
    pub(in crate::client) fn after(&mut self, failure: &Failure) -> Option<Duration> {
        if !self.allowed || self.count == MAX_RETRIES || !is_passing(failure) {
            return None;
        }
        // 1, 2, 4 seconds.
        let wait = Duration::from_secs(1 << self.count);
        let wait = failure.retry_after().unwrap_or(wait);
        let wait = wait.mul_f64(1.0 + SPREAD * jitter());
        // Waiting past the end would only replace this error with a timeout.
        if self.end.is_some_and(|end| Instant::now() + wait >= end) || !self.budget.spend() {
            return None;
        }
        self.count += 1;
        Some(wait)
    }
}

/// Returns whether the network failed, or the gateway briefly could not reach the project.
fn is_passing(failure: &Failure) -> bool {
    const WEB_SERVER_RETURNED_AN_UNKNOWN_ERROR: u16 = 520;

    match failure.status().as_ref().map(StatusCode::as_u16) {
        Some(503 | WEB_SERVER_RETURNED_AN_UNKNOWN_ERROR) => {
            failure.kind() == ClientErrorKind::Server
        }
        _ => failure.kind() == ClientErrorKind::Network,
    }
}
