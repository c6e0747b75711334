//! [`DatabaseClock`]: the database's time, whatever this machine's clock says.
//!
//! Workers on several machines must agree on when a schedule is due, so they all use the database's clock.
//! Each heartbeat returns its time; in between, the elapsed time is added.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

/// The database's time, and when this machine learned it.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatabaseClock {
    time: DateTime<Utc>,
    told: Instant,
}

impl DatabaseClock {
    /// Creates a clock from the time that the database has just returned.
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
