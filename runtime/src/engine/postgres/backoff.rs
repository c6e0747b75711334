//! [`Backoff`]: how long to wait before the next try, and how often to log the failure.
//!
//! A transient error is retried with growing, jittered waits. The log gets a line when the trouble begins and
//! then one a minute, so that an outage of an hour does not fill it.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::QueueError;
use crate::jitter::jitter;

/// How often a lasting failure is logged, after the first time.
const LOG_EVERY: Duration = Duration::from_secs(60);

/// The waits between tries: they double, with jitter, up to a longest one.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
    logged: Option<Instant>,
}

impl Backoff {
    const SHORTEST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(5);

    pub(super) fn new() -> Self {
        Self::up_to(Self::LONGEST)
    }

    /// With a shorter longest wait, for work that must resume soon after the trouble ends.
    pub(super) fn up_to(longest: Duration) -> Self {
        Self {
            next: Self::SHORTEST,
            longest,
            logged: None,
        }
    }

    /// Waits, longer each time.
    pub(super) async fn sleep(&mut self) {
        tokio::time::sleep(self.wait()).await;
    }

    /// Returns how long to wait: longer each time.
    pub(super) fn wait(&mut self) -> Duration {
        let wait = self.next.mul_f64(0.5 + jitter() / 2.0);
        self.next = (self.next * 2).min(self.longest);
        wait
    }

    /// Returns whether to log a failure: the first one, and then one a minute.
    pub(super) fn should_log(&mut self) -> bool {
        let now = Instant::now();
        let is_due = self.logged.is_none_or(|last| now - last >= LOG_EVERY);
        if is_due {
            self.logged = Some(now);
        }
        is_due
    }
}

/// How often a statement is tried while the database is down or busy.
const TRIES: u32 = 5;

/// Retries a statement after transient errors. Use it only for idempotent statements: reads, and
/// statements that change nothing if their work is already done.
pub(super) async fn retried<T, F>(mut statement: impl FnMut() -> F) -> Result<T, QueueError>
where
    F: Future<Output = Result<T, QueueError>>,
{
    let mut backoff = Backoff::new();
    for _ in 1..TRIES {
        match statement().await {
            Err(error) if error.is_retryable() => backoff.sleep().await,
            other => return other,
        }
    }
    statement().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_up_to_the_longest() {
        let mut backoff = Backoff::up_to(Duration::from_millis(400));
        for longest in [50, 100, 200, 400, 400] {
            let started = Instant::now();
            backoff.sleep().await;
            let waited = started.elapsed();
            let longest = Duration::from_millis(longest);
            // Timers count in milliseconds.
            let range = longest / 2..=longest + Duration::from_millis(1);
            assert!(range.contains(&waited), "{waited:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_lasts_is_logged_once_a_minute() {
        let mut backoff = Backoff::new();
        let mut logged = 0;
        for _ in 0..180 {
            logged += u32::from(backoff.should_log());
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert_eq!(logged, 3);
    }
}
