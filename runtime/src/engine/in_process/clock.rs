//! The engine's clock: the time of day, or tokio's clock while a test pauses it.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time;

/// The longest sleep. Timers stand still while the machine is suspended, so the time of day is checked
/// regularly.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Returns the time of day. While tokio's time is paused, it follows only tokio's clock instead, so that
/// tests of delays and retries need not wait, and due runs stay due.
pub(super) fn now() -> DateTime<Utc> {
    static START: OnceLock<(DateTime<Utc>, Instant)> = OnceLock::new();

    let before_tokio = Instant::now();
    let tokio_time = time::Instant::now().into_std();
    let after_tokio = Instant::now();
    if (before_tokio..=after_tokio).contains(&tokio_time) {
        return Utc::now();
    }
    // Both clocks are read together only once: with a reading for each call, time would go back by the
    // delay between the two reads.
    let (start, started) = *START.get_or_init(|| (Utc::now(), Instant::now()));
    match tokio_time.checked_duration_since(started) {
        Some(passed) => after(start, passed),
        None => before(start, started.duration_since(tokio_time)),
    }
}

/// Returns the time this long after another, or the latest possible time on overflow.
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

/// Sleeps until this time, but at most a minute: check the clock again afterwards. Without a time, it
/// never returns.
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
