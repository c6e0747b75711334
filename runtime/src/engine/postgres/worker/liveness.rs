//! [`Liveness`]: when this worker's heartbeats succeeded.
//!
//! A database outage never marks a live worker as dead. While the database accepted no heartbeat of this
//! worker, it may not have accepted those of others either, so their silence means nothing. A worker declares
//! others dead only if its own heartbeats have succeeded for the whole takeover time.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::lock::lock;

#[derive(Debug)]
pub(super) struct Liveness {
    takeover: Duration,
    successes: Mutex<Successes>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Successes {
    last: Option<Instant>,
    /// The first success after a gap that was too long, or after the start.
    again: Option<Instant>,
}

impl Liveness {
    pub(super) fn new(takeover: Duration) -> Self {
        Self {
            takeover,
            successes: Mutex::default(),
        }
    }

    /// Records that a heartbeat has succeeded now.
    pub(super) fn heartbeat_succeeded(&self) {
        let now = Instant::now();
        let longest_gap = self.takeover / 2;
        self.with(|successes| {
            // The time before the start counts as a gap.
            if successes.last.is_none_or(|last| now - last > longest_gap) {
                successes.again = Some(now);
            }
            successes.last = Some(now);
        });
    }

    /// Returns whether the silence of other workers means that they are dead: this worker's heartbeats have
    /// succeeded for the takeover time, without a gap.
    pub(super) fn can_judge_others(&self) -> bool {
        let Successes { last, again } = self.with(|successes| *successes);
        last.is_some_and(|last| last.elapsed() <= self.takeover / 2)
            && again.is_none_or(|again| again.elapsed() >= self.takeover)
    }

    fn with<T>(&self, f: impl FnOnce(&mut Successes) -> T) -> T {
        f(&mut lock(&self.successes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn after_a_gap_nobody_is_judged_for_a_while() {
        let takeover = Duration::from_secs(30);
        let liveness = Liveness::new(takeover);
        assert!(!liveness.can_judge_others());
        for _ in 0..6 {
            liveness.heartbeat_succeeded();
            assert!(!liveness.can_judge_others());
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        liveness.heartbeat_succeeded();
        assert!(liveness.can_judge_others());
        // The database is down.
        tokio::time::sleep(Duration::from_secs(40)).await;
        assert!(!liveness.can_judge_others());
        for _ in 0..5 {
            liveness.heartbeat_succeeded();
            assert!(!liveness.can_judge_others());
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        liveness.heartbeat_succeeded();
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert!(liveness.can_judge_others());
    }
}
