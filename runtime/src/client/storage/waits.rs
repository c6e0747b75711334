//! How long to wait before an upload or a download goes on.

use std::time::Duration;

use tokio::time::Instant;

use crate::client::error::{ClientError, ClientErrorKind};

/// How often in a row it may fail without a byte in between.
const MAX_FAILURES: u32 = 7;

/// The longest wait. A server that asks for more is for another attempt of the task.
const LONGEST: Duration = Duration::from_secs(30);

/// Longer and longer, until something moves.
pub(super) struct Waits {
    failures: u32,
    first: Duration,
    deadline: Option<Instant>,
}

impl Waits {
    /// Half a second, then twice as long each time: half a minute in all.
    pub(super) const FIRST: Duration = Duration::from_millis(500);

    pub(super) fn new(first: Duration, deadline: Option<Instant>) -> Self {
        Self {
            failures: 0,
            first,
            deadline,
        }
    }

    /// Something has moved.
    pub(super) fn start_over(&mut self) {
        self.failures = 0;
    }

    /// Waits, or gives the error back if it is the last.
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

/// The upload is still there, as far as anybody knows.
fn is_passing(error: &ClientError) -> bool {
    match error.kind() {
        ClientErrorKind::Network | ClientErrorKind::Timeout => true,
        ClientErrorKind::Server => match error.status() {
            // The offset is another, or so says the server of an object that is there already.
            Some(409) => !error.message().contains("already exists"),
            // Somebody holds the lock, which may be the connection that broke.
            Some(408 | 423 | 429) => true,
            Some(status) => status >= 500,
            None => false,
        },
        _ => false,
    }
}
