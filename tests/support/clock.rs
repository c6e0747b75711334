//! A clock that tests can set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use supabase_task::token::Clock;

/// The system's clock, shifted by the test. Clones share the shift.
#[derive(Clone, Debug, Default)]
pub struct TestClock {
    shift_seconds: Arc<AtomicI64>,
}

impl TestClock {
    /// Shifts the clock; a negative value shifts it into the past.
    pub fn shift(&self, seconds: i64) {
        self.shift_seconds.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        let shift = self.shift_seconds.load(Ordering::SeqCst);
        let by = Duration::from_secs(shift.unsigned_abs());
        if shift < 0 {
            SystemTime::now() - by
        } else {
            SystemTime::now() + by
        }
    }
}
