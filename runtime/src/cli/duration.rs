//! Durations as people write them, the same as in the attribute: `90s`, `1h30m`.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// The units and their milliseconds, in the order in which they are written.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 60 * 60 * 1000),
    ("d", 24 * 60 * 60 * 1000),
    ("h", 60 * 60 * 1000),
    ("m", 60 * 1000),
    ("s", 1000),
    ("ms", 1),
];

/// Reads a duration. Unlike in the attribute, zero is valid.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    if text.is_empty() {
        return Err("write a number and its unit, as in `5m`".to_owned());
    }
    let (mut rest, mut next_unit, mut total) = (text, 0, Some(0_u64));
    while !rest.is_empty() {
        let (number, after) = split(rest, |c| c.is_ascii_digit());
        let (unit, after) = split(after, |c| !c.is_ascii_digit());
        if number.is_empty() {
            return Err(format!(
                "`{unit}` has no number before it: write it as in `5m`"
            ));
        }
        if unit.is_empty() {
            return Err(format!(
                "`{number}` has no unit: write `{number}s` for seconds, or `ms`, `m`, `h`, `d`, `w`"
            ));
        }
        let Some(position) = UNITS.iter().position(|(name, _)| *name == unit) else {
            return Err(format!(
                "`{unit}` is not a unit: use `ms`, `s`, `m`, `h`, `d` or `w`, as in `1h30m`"
            ));
        };
        if position < next_unit {
            return Err(format!(
                "`{unit}` is out of order: units go from large to small, each once, as in `1h30m`"
            ));
        }
        next_unit = position + 1;
        let milliseconds = number
            .parse()
            .ok()
            .and_then(|n: u64| n.checked_mul(UNITS[position].1));
        total = total.and_then(|total| total.checked_add(milliseconds?));
        rest = after;
    }
    total
        .map(Duration::from_millis)
        .ok_or_else(|| "that is too long".to_owned())
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// Writes the time between two times.
pub(super) fn between(start: DateTime<Utc>, end: DateTime<Utc>) -> String {
    written((end - start).to_std().unwrap_or_default())
}

/// Writes a duration as [`parse`] reads it, in whole milliseconds; from a minute on, in whole seconds.
pub(super) fn written(duration: Duration) -> String {
    let mut left = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if left >= 60_000 {
        left -= left % 1000;
    }
    if left == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, milliseconds) in UNITS {
        let count = left / milliseconds;
        left %= milliseconds;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_the_attribute() {
        for (text, seconds) in [
            ("90s", 90.0),
            ("1h30m", 5400.0),
            ("1w2d", 777_600.0),
            ("250ms", 0.25),
            ("1m1ms", 60.001),
            ("0s", 0.0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_says_what_to_write() {
        for (text, expected) in [
            ("", "as in `5m`"),
            ("5", "`5s` for seconds"),
            ("m", "no number"),
            ("5min", "`min` is not a unit"),
            ("1.5h", "`.` is not a unit"),
            ("-5m", "`-` has no number"),
            ("30m1h", "out of order"),
            ("1m1m", "out of order"),
            ("99999999999999999999w", "too long"),
            ("18446744073709551615w", "too long"),
        ] {
            let reason = parse(text).unwrap_err();
            assert!(reason.contains(expected), "{text}: {reason}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        for (milliseconds, expected) in [
            (0, "0s"),
            (12, "12ms"),
            (1_250, "1s250ms"),
            (90_123, "1m30s"),
            (5_400_000, "1h30m"),
            (8 * 86_400_000, "1w1d"),
        ] {
            let text = written(Duration::from_millis(milliseconds));
            assert_eq!(text, expected);
            assert!(parse(&text).is_ok());
        }
    }
}
