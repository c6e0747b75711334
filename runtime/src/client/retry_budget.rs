//! [`RetryBudget`]: how many requests may be sent again.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What a request that is sent again costs, in what one that succeeds earns.
const PRICE: u32 = 10;

/// The most that is kept: a hundred requests.
const MOST: u32 = 100 * PRICE;

/// How many requests all clients of a `Supabase` may send again: a hundred, and then one for each ten that
/// succeed. Without it, a service that is down would get four times as many requests as before.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    pub(super) const fn new() -> Self {
        Self(AtomicU32::new(MOST))
    }

    /// A request succeeded.
    pub(super) fn earn(&self) {
        let more = |saved: u32| (saved < MOST).then_some(saved + 1);
        // It fails where nothing is to be changed.
        let _ = self.0.fetch_update(Relaxed, Relaxed, more);
    }

    /// Whether one more request may be sent again.
    pub(super) fn spend(&self) -> bool {
        let less = |saved: u32| saved.checked_sub(PRICE);
        self.0.fetch_update(Relaxed, Relaxed, less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_and_then_one_in_ten() {
        let budget = RetryBudget::new();
        budget.earn();
        for _ in 0..100 {
            assert!(budget.spend());
        }
        assert!(!budget.spend());
        for _ in 0..9 {
            budget.earn();
            assert!(!budget.spend());
        }
        budget.earn();
        assert!(budget.spend() && !budget.spend());
    }
}
