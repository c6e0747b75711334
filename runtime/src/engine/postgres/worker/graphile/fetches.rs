//! [`Fetches`]: when tickets were last fetched, to wake graphile_worker if it sleeps for too long.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::lock::lock;

/// How often to poll. With notifications, polling only finds delayed tickets, and those whose notification
/// was missed.
pub(super) const POLL: Duration = Duration::from_secs(1);

/// How long fetched tickets may wait to begin before they are given back to other workers.
pub(super) const FETCHED: Duration = Duration::from_millis(250);

/// How long an idle worker may fetch nothing before graphile_worker is woken. It should fetch once per
/// [`POLL`].
const IDLE: Duration = POLL.saturating_mul(2);

/// The same for a busy worker. It should fetch as soon as its tickets have begun, or were given back after
/// [`FETCHED`].
const BUSY: Duration = FETCHED.saturating_add(Duration::from_millis(50));

/// The statements that fetch tickets.
///
/// graphile_worker (0.14.1) can sleep forever: its fetch loop reads whether it may fetch, then waits for a
/// change, and misses a change between the two. It can also believe that it still has tickets, although all
/// have begun, until they would be given back. Then only a notification wakes it, and none arrives while
/// nothing is triggered.
#[derive(Clone)]
pub(super) struct Fetches {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    /// How many are under way, waiting for a free slot or for the database.
    under_way: usize,
    /// When each statement without a response was sent.
    sent: Vec<Instant>,
    /// When the last one ended, or graphile_worker was woken.
    last: Instant,
    /// Whether the last one found tickets.
    is_busy: bool,
}

/// A fetch that is under way until this is dropped.
pub(super) struct Fetch<'a> {
    fetches: &'a Fetches,
    sent: Option<Instant>,
}

impl Fetches {
    pub(super) fn new() -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                under_way: 0,
                sent: Vec::new(),
                last: Instant::now(),
                is_busy: false,
            })),
        }
    }

    pub(super) fn begin(&self) -> Fetch<'_> {
        lock(&self.inner).under_way += 1;
        Fetch {
            fetches: self,
            sent: None,
        }
    }

    /// Returns whether a statement was sent longer ago than `age` and has no response.
    pub(super) fn is_one_older_than(&self, age: Duration) -> bool {
        lock(&self.inner)
            .sent
            .iter()
            .any(|sent| sent.elapsed() > age)
    }

    /// Waits until nothing has been fetched for too long.
    pub(super) async fn overdue(&self) {
        loop {
            let due = lock(&self.inner).due();
            // A fetch in the meantime may make it due sooner.
            sleep_until(due.min(Instant::now() + BUSY)).await;
            let mut inner = lock(&self.inner);
            if inner.due() <= Instant::now() {
                inner.last = Instant::now();
                inner.is_busy = false;
                return;
            }
        }
    }
}

impl Inner {
    /// Returns when to wake graphile_worker, if nothing is fetched until then.
    fn due(&self) -> Instant {
        let patience = if self.is_busy { BUSY } else { IDLE };
        match self.under_way {
            0 => self.last + patience,
            // A fetch is under way: check again later.
            _ => Instant::now() + BUSY,
        }
    }
}

impl Fetch<'_> {
    pub(super) fn is_sent(&mut self) {
        let now = Instant::now();
        self.sent = Some(now);
        lock(&self.fetches.inner).sent.push(now);
    }

    pub(super) fn has_found(self, tickets: usize) {
        lock(&self.fetches.inner).is_busy = tickets > 0;
    }
}

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        let mut inner = lock(&self.fetches.inner);
        let sent = inner.sent.iter().position(|sent| Some(*sent) == self.sent);
        if let Some(index) = sent {
            inner.sent.swap_remove(index);
        }
        inner.under_way -= 1;
        inner.last = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep};

    use super::*;

    async fn until_overdue(fetches: &Fetches) -> Duration {
        let before = Instant::now();
        fetches.overdue().await;
        before.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_worker_is_woken_again_and_again() {
        let fetches = Fetches::new();
        assert_eq!(until_overdue(&fetches).await, IDLE);
        assert_eq!(until_overdue(&fetches).await, IDLE);
        fetches.begin().has_found(0);
        assert_eq!(until_overdue(&fetches).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_worker_is_woken_sooner_and_once() {
        let fetches = Fetches::new();
        fetches.begin().has_found(3);
        assert_eq!(until_overdue(&fetches).await, BUSY);
        assert_eq!(until_overdue(&fetches).await, IDLE);
    }

    #[tokio::test(start_paused = true)]
    async fn none_is_woken_while_it_fetches() {
        let fetches = Fetches::new();
        let mut fetch = fetches.begin();
        advance(IDLE * 3).await;
        // It has waited for a slot, not for the database.
        assert!(!fetches.is_one_older_than(IDLE));
        fetch.is_sent();
        advance(IDLE).await;
        assert!(fetches.is_one_older_than(IDLE - BUSY));
        let ended = async {
            sleep(IDLE * 3).await;
            drop(fetch);
        };
        let (woken, ()) = tokio::join!(until_overdue(&fetches), ended);
        assert!(woken >= IDLE * 4 && woken <= IDLE * 4 + BUSY, "{woken:?}");
        assert!(!fetches.is_one_older_than(Duration::ZERO));
    }
}
