//! [`Liveness`]: when the database heard this worker.

use std::time::Duration;

use tokio::time::Instant;

/// When the database heard this worker. While it did not, it may not have heard the others either, and
/// their silence says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Liveness {
    last: Option<Instant>,
    /// When it was heard again after it had not been for a while.
    again: Option<Instant>,
}

impl Liveness {
    /// It was heard now.
    pub(super) fn heard(&mut self, longest_gap: Duration) {
        let now = Instant::now();
        // What was before it started is not known either.
        if self.last.is_none_or(|last| now - last > longest_gap) {
            self.again = Some(now);
        }
        self.last = Some(now);
    }

    /// Whether it was heard all the time for this long.
    pub(super) fn is_live_for(&self, time: Duration) -> bool {
        self.last.is_some_and(|last| last.elapsed() <= time / 2)
            && self.again.is_none_or(|again| again.elapsed() >= time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_gap_nobody_is_judged_for_a_while() {
        let takeover = Duration::from_secs(30);
        let mut liveness = Liveness::default();
        assert!(!liveness.is_live_for(takeover));
        for _ in 0..6 {
            liveness.heard(takeover / 2);
            assert!(!liveness.is_live_for(takeover));
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        liveness.heard(takeover / 2);
        assert!(liveness.is_live_for(takeover));
        // The database is away.
        tokio::time::sleep(Duration::from_secs(40)).await;
        assert!(!liveness.is_live_for(takeover));
        for _ in 0..5 {
            liveness.heard(takeover / 2);
            assert!(!liveness.is_live_for(takeover));
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        liveness.heard(takeover / 2);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(liveness.is_live_for(takeover));
    }
}
