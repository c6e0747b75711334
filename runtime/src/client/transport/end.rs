//! [`End`]: when a call ends.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::client::error::{ClientErrorKind, Failure};

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

/// Ends `future` at a deadline, if there is one.
pub(super) async fn until<T>(
    deadline: Option<Instant>,
    future: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match deadline {
        Some(deadline) => match timeout_at(deadline, future).await {
            Ok(outcome) => outcome,
            Err(_) => Err(past_deadline()),
        },
        None => future.await,
    }
}

pub(super) fn past_deadline() -> Failure {
    Failure::new(
        ClientErrorKind::Timeout,
        "the deadline of the client passed before the response was complete",
    )
}
