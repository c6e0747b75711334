//! [`Arrivals`]: how many tickets are about to be begun.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

/// How often all else is done first, when there is a ticket that has no place yet. No more are fetched
/// until it has one.
const ROUNDS: u32 = 32;

/// How many tickets are about to be begun.
///
/// graphile_worker hands out many at once, one to each place that is free. Those that belong together
/// are begun in one statement, and this tells how many there are: one that comes a moment too late
/// would wait for a statement of its own.
#[derive(Debug)]
pub(in super::super) struct Arrivals {
    places: usize,
    counts: Mutex<Counts>,
    complete: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    /// Fetched, and not handed out.
    fetched: usize,
    /// Handed out, and not seen by who begins them.
    arriving: usize,
    /// Handed out, and the place is not free again.
    in_hand: usize,
}

impl Arrivals {
    /// For a worker with so many places.
    pub(in super::super) fn new(places: usize) -> Self {
        Self {
            places,
            counts: Mutex::default(),
            complete: Notify::new(),
        }
    }

    /// So many were fetched.
    pub(in super::super) fn fetched(&self, count: usize) {
        self.lock().fetched += count;
    }

    /// One is handed out, and has its place until the guard is dropped.
    pub(super) fn hand_out(self: &Arc<Self>) -> InHand {
        let mut counts = self.lock();
        counts.fetched = counts.fetched.saturating_sub(1);
        counts.in_hand += 1;
        counts.arriving += 1;
        InHand {
            arrivals: self.clone(),
            has_arrived: false,
        }
    }

    /// Waits until no more will come at once, up to this long.
    pub(super) async fn complete(&self, longest: Duration) {
        let complete = async {
            for _ in 0..ROUNDS {
                while self.lock().expected(self.places) > 0 {
                    self.complete.notified().await;
                }
                if self.lock().fetched == 0 {
                    return;
                }
                // One whose place is not free yet: perhaps after what else there is to do.
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(longest, complete).await.is_err() {
            // What was fetched and has not come by now was given back.
            self.lock().fetched = 0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// How many will arrive any moment.
    fn expected(&self, places: usize) -> usize {
        self.arriving + self.fetched.min(places.saturating_sub(self.in_hand))
    }
}

/// A ticket that has a place.
#[derive(Debug)]
pub(super) struct InHand {
    arrivals: Arc<Arrivals>,
    has_arrived: bool,
}

impl InHand {
    /// It is with who begins tickets, or will not be.
    pub(super) fn arrived(&mut self) {
        if std::mem::replace(&mut self.has_arrived, true) {
            return;
        }
        let mut counts = self.arrivals.lock();
        counts.arriving -= 1;
        // Once for all of them: to wake it for each would cost more than to begin them.
        if counts.expected(self.arrivals.places) == 0 {
            self.arrivals.complete.notify_one();
        }
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        self.arrived();
        self.arrivals.lock().in_hand -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn those_that_were_fetched_are_waited_for_as_far_as_there_are_places() {
        let arrivals = Arc::new(Arrivals::new(2));
        let started = tokio::time::Instant::now();
        arrivals.complete(LONG).await;
        arrivals.fetched(3);
        let mut first = arrivals.hand_out();
        let mut second = arrivals.hand_out();
        first.arrived();
        let waiting = tokio::spawn({
            let arrivals = arrivals.clone();
            async move { arrivals.complete(LONG).await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        // There is no place for the third.
        second.arrived();
        waiting.await.unwrap();
        assert_eq!(started.elapsed(), Duration::ZERO);
        drop(first);
        arrivals.complete(LONG).await;
        assert_eq!(started.elapsed(), LONG);
        // It was given back.
        arrivals.complete(LONG).await;
        assert_eq!(started.elapsed(), LONG);
    }
}
