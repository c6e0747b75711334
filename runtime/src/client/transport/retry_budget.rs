//! [`RetryBudget`]: how many requests may be retried.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The price of a retry; a request that succeeds earns 1.
const PRICE: u32 = 10;

/// The largest balance: a hundred retries.
const MOST: u32 = 100 * PRICE;

/// The retries that all clients of a `Supabase` share: a hundred, and then one for every ten requests that
/// succeed. Without this limit, a service that is down would get four times as many requests as before.
#[derive(Debug)]
pub(crate) struct RetryBudget(AtomicU32);

impl RetryBudget {
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(MOST))
    }

    /// Records a request that succeeded.
    pub(crate) fn earn(&self) {
        let more = |saved: u32| (saved < MOST).then_some(saved + 1);
        // This fails only if the budget is full.
        let _ = self.0.fetch_update(Relaxed, Relaxed, more);
    }

    /// Pays for one retry. Returns whether the budget allows it.
    pub(crate) fn spend(&self) -> bool {
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
