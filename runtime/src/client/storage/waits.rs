//! How long to wait before an upload or a download continues.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::error::{ClientError, ClientErrorKind};

/// The number of failures in a row, without a byte in between, after which a transfer is given up.
const MAX_FAILURES: u32 = 7;

/// The longest wait. If a server asks for more, this is left to another attempt of the task.
const LONGEST: Duration = Duration::from_secs(30);

/// A backoff that starts over when data has been transferred.
pub(super) struct Waits {
    failures: u32,
    first: Duration,
    deadline: Option<Instant>,
}

impl Waits {
    /// The first wait. Each further wait is twice as long: half a minute in all.
    pub(super) const FIRST: Duration = Duration::from_millis(500);

    pub(super) fn new(first: Duration, deadline: Option<Instant>) -> Self {
        Self {
            failures: 0,
            first,
            deadline,
        }
    }

    /// Starts over, after data has been transferred.
    pub(super) fn start_over(&mut self) {
        self.failures = 0;
    }

    /// Waits before the next try, or returns the error as `Err` if there is to be no other.
    pub(super) async fn after(&mut self, error: ClientError) -> Result<ClientError, ClientError> {
        self.failures += 1;
        if self.failures >= MAX_FAILURES || !is_passing(&error) {
            return Err(error);
        }
        let wait = self.first * (1 << (self.failures - 1));
        let wait = error.retry_after().unwrap_or(wait);
        let is_late = |end| Instant::now() + wait >= end;
        if wait > LONGEST || self.deadline.is_some_and(is_late) {
            return Err(error);
        }
        tokio::time::sleep(wait).await;
        Ok(error)
    }
}

/// Whether the upload may still exist, so that another try can succeed.
fn is_passing(error: &ClientError) -> bool {
    match error.kind() {
        ClientErrorKind::Network | ClientErrorKind::Timeout => true,
        ClientErrorKind::Server => match error.status() {
            // The offset differs, unless the server says that the object already exists.
            Some(409) => !error.message().contains("already exists"),
            // The lock is held, possibly by the connection that broke.
            Some(408 | 423 | 429) => true,
            Some(status) => status >= 500,
            None => false,
        },
        _ => false,
    }
}
