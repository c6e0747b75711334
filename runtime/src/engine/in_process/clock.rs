//! The engine's clock: the time of day, moved by tokio's when a test pauses that.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time;

/// The longest sleep. A timer counts no time in which the machine sleeps, so the time of day is
/// looked at now and then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The time of day. Where tokio's time is paused, it goes with that instead, and with nothing else: so
/// delays and retries can be tested without waiting for them, and what is due stays due.
pub(super) fn now() -> DateTime<Utc> {
    static START: OnceLock<(DateTime<Utc>, Instant)> = OnceLock::new();

    let before_tokio = Instant::now();
    let tokio_time = time::Instant::now().into_std();
    let after_tokio = Instant::now();
    if (before_tokio..=after_tokio).contains(&tokio_time) {
        return Utc::now();
    }
    // From one reading of both clocks: with one for each call, time would go back by what passes
    // between the two.
    let (start, started) = *START.get_or_init(|| (Utc::now(), Instant::now()));
    match tokio_time.checked_duration_since(started) {
        Some(passed) => after(start, passed),
        None => before(start, started.duration_since(tokio_time)),
    }
}

/// A time, and this long after it; the last one there is where that is too far.
pub(super) fn after(time: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(duration)
        .ok()
        .and_then(|duration| time.checked_add_signed(duration))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn before(time: DateTime<Utc>, duration: Duration) -> DateTime<Utc> {
    TimeDelta::from_std(duration)
        .ok()
        .and_then(|duration| time.checked_sub_signed(duration))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

/// Ready at this time, or up to a minute from now: look at the clock again. Without a time, never.
pub(super) async fn sleep_until(wake: Option<DateTime<Utc>>) {
    match wake {
        None => std::future::pending().await,
        Some(wake) => {
            let left = (wake - now()).to_std().unwrap_or_default();
            time::sleep(left.min(LONGEST_SLEEP)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_with_tokios_time() {
        let start = now();
        time::sleep(Duration::from_secs(3_600)).await;
        let passed = now() - start;
        // The two clocks are not read at the same moment.
        assert!(passed > TimeDelta::minutes(59), "{passed}");
        assert!(passed < TimeDelta::minutes(61), "{passed}");
    }

    #[tokio::test(start_paused = true)]
    async fn paused_time_stands_still() {
        let first = now();
        assert!((0..10_000).all(|_| now() == first));
    }

    #[test]
    fn what_would_overflow_is_the_last_time() {
        assert_eq!(after(now(), Duration::MAX), DateTime::<Utc>::MAX_UTC);
    }
}
