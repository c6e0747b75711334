//! [`Heard`]: when the database heard a worker.

use std::time::Duration;

use tokio::time::Instant;

/// When the database heard this worker.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    last: Option<Instant>,
    /// When it was heard again after it had not been for a while.
    again: Option<Instant>,
}

impl Heard {
    /// It was heard now.
    pub(super) fn now(&mut self, longest_gap: Duration) {
        let now = Instant::now();
        if self.last.is_some_and(|last| now - last > longest_gap) {
            self.again = Some(now);
        }
        self.last = Some(now);
    }

    pub(super) fn without_gap(&self, time: Duration) -> bool {
        self.last.is_some_and(|last| last.elapsed() <= time / 2)
            && self.again.is_none_or(|again| again.elapsed() >= time)
    }
}
