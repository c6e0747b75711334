//! [`Progress`]: how far what came of attempts is written down.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// How many outcomes there are, and how many of them are written down.
///
/// A ticket is removed only when all outcomes that there are at that time are written down, its own
/// among them. So an attempt gives back its place before its outcome is written down, and still its
/// ticket is there as long as nothing else tells of the run.
#[derive(Debug)]
pub(in super::super) struct Progress {
    given: AtomicU64,
    written: watch::Sender<u64>,
    /// The tickets that were removed in the statement that wrote their outcomes down, and that
    /// graphile_worker has not asked to remove yet.
    removed: Mutex<HashSet<i64>>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self {
            given: AtomicU64::new(0),
            written: watch::Sender::new(0),
            removed: Mutex::default(),
        }
    }

    /// There is one more.
    pub(super) fn give(&self) {
        self.given.fetch_add(1, Ordering::SeqCst);
    }

    /// So many more are written down.
    pub(super) fn write(&self, count: u64) {
        self.written.send_modify(|written| *written += count);
    }

    /// These tickets are gone.
    pub(super) fn removed(&self, jobs: impl IntoIterator<Item = i64>) {
        self.lock().extend(jobs);
    }

    /// Takes out those that are gone.
    pub(in super::super) fn without_removed(&self, jobs: &mut Vec<i64>) {
        let mut removed = self.lock();
        jobs.retain(|job| !removed.remove(job));
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.removed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that were given by now are written down; false if it takes too long.
    pub(in super::super) async fn caught_up(&self, longest: Duration) -> bool {
        let goal = self.given.load(Ordering::SeqCst);
        let mut written = self.written.subscribe();
        let reached = written.wait_for(|written| *written >= goal);
        matches!(tokio::time::timeout(longest, reached).await, Ok(Ok(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_what_was_given_before_and_for_nothing_later() {
        let progress = std::sync::Arc::new(Progress::new());
        assert!(progress.caught_up(Duration::ZERO).await);
        progress.give();
        progress.give();
        assert!(!progress.caught_up(Duration::from_secs(1)).await);
        let waiting = tokio::spawn({
            let progress = progress.clone();
            async move { progress.caught_up(Duration::from_secs(60)).await }
        });
        tokio::task::yield_now().await;
        progress.give();
        progress.write(2);
        assert!(waiting.await.unwrap());
        assert!(!progress.caught_up(Duration::from_secs(1)).await);
    }
}
