//! [`End`]: when a call ends.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::received::Received;
use super::request::past_deadline;
use crate::client::error::Failure;

/// When a call ends, whether complete or not.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// The client's deadline.
    Deadline(Instant),
    /// The limit for all attempts of a call together.
    Total(Instant, Duration),
}

impl End {
    pub(super) fn at(self) -> Instant {
        match self {
            Self::Deadline(at) | Self::Total(at, _) => at,
        }
    }
}

/// Ends `received` at a deadline, if there is one.
pub(super) async fn until(
    end: Option<End>,
    received: impl Future<Output = Result<Received, Failure>>,
) -> Result<Received, Failure> {
    match end {
        Some(end) => match timeout_at(end.at(), received).await {
            Ok(outcome) => outcome,
            Err(_) => Err(past_deadline()),
        },
        None => received.await,
    }
}
