//! [`Liveness`]: when this worker's heartbeats succeeded.
//!
//! A database outage never marks a live worker as dead. While the database accepted no heartbeat of this
//! worker, it may not have accepted those of others either, so their silence means nothing. A worker declares
//! others dead only if its own heartbeats have succeeded for the whole takeover time.

use std::time::Duration;

use tokio::time::Instant;

/// When this worker's heartbeats succeeded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Liveness {
    last: Option<Instant>,
    /// The first success after a gap that was too long, or after the start.
    again: Option<Instant>,
}

impl Liveness {
    /// Records that a heartbeat has succeeded now.
    pub(super) fn heartbeat_succeeded(&mut self, longest_gap: Duration) {
        let now = Instant::now();
        // The time before the start counts as a gap.
        if self.last.is_none_or(|last| now - last > longest_gap) {
            self.again = Some(now);
        }
        self.last = Some(now);
    }

    /// Returns whether heartbeats have succeeded for this long, without a gap.
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
            liveness.heartbeat_succeeded(takeover / 2);
            assert!(!liveness.is_live_for(takeover));
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        liveness.heartbeat_succeeded(takeover / 2);
        assert!(liveness.is_live_for(takeover));
        // The database is down.
        tokio::time::sleep(Duration::from_secs(40)).await;
        assert!(!liveness.is_live_for(takeover));
        for _ in 0..5 {
            liveness.heartbeat_succeeded(takeover / 2);
            assert!(!liveness.is_live_for(takeover));
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        liveness.heartbeat_succeeded(takeover / 2);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(liveness.is_live_for(takeover));
    }
}
