//! [`DatabaseClock`]: the database's time, whatever this machine's clock says.
//!
//! Workers on several machines must agree on when a schedule is due, so they all use the database's clock.
//! Each heartbeat returns its time; in between, the elapsed time is added.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::time::Instant;

/// The database's time, and when this machine learned it.
#[derive(Debug, Default)]
pub(super) struct DatabaseClock(watch::Sender<Option<(DateTime<Utc>, Instant)>>);

impl DatabaseClock {
    /// Sets the clock to the time that the database has just returned.
    pub(super) fn set(&self, time: DateTime<Utc>) {
        self.0.send_replace(Some((time, Instant::now())));
    }

    /// Returns the database's time, or this machine's time until the database's is known.
    pub(super) fn now(&self) -> DateTime<Utc> {
        let Some((time, learned)) = *self.0.borrow() else {
            return Utc::now();
        };
        TimeDelta::from_std(learned.elapsed())
            .ok()
            .and_then(|passed| time.checked_add_signed(passed))
            .unwrap_or(time)
    }
}
