//! [`DatabaseClock`]: the time as the database has it, whatever this machine's clock says.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// The database's time, and when it was told.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatabaseClock {
    time: DateTime<Utc>,
    told: Instant,
}

impl DatabaseClock {
    /// The database told the time now.
    pub(super) fn told(time: DateTime<Utc>) -> Self {
        Self {
            time,
            told: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        TimeDelta::from_std(self.told.elapsed())
            .ok()
            .and_then(|passed| self.time.checked_add_signed(passed))
            .unwrap_or(self.time)
    }
}
