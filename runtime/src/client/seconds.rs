//! Durations for services that count in whole seconds.

use std::time::Duration;

use super::error::Failure;

/// Returns `duration` in seconds. A fraction of a second, or more seconds than PostgreSQL's `integer`
/// holds, is an error, because rounding would be surprising.
pub(super) fn whole_seconds(what: &str, duration: Duration) -> Result<i32, Failure> {
    let seconds = i32::try_from(duration.as_secs())
        .ok()
        .filter(|_| duration.subsec_nanos() == 0);
    seconds.ok_or_else(|| {
        Failure::invalid(format!(
            "{what} must be a number of whole seconds, at most {}, but is {duration:?}",
            i32::MAX
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rounded() {
        let whole = |duration| whole_seconds("a delay", duration).ok();
        assert_eq!(whole(Duration::ZERO), Some(0));
        assert_eq!(whole(Duration::from_secs(2_147_483_647)), Some(i32::MAX));
        assert_eq!(whole(Duration::from_millis(1_500)), None);
        assert_eq!(whole(Duration::from_secs(2_147_483_648)), None);
        assert_eq!(whole(Duration::MAX), None);
    }
}
