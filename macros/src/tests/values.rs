//! Tests of durations and cron expressions: which are accepted, and the errors for the rest.

use std::time::Duration;

use supabase_task::task::RetryPolicy;

use crate::cron;
use crate::values::{DEFAULT_MAX, DEFAULT_MIN, parse_duration};

#[test]
fn durations_are_read_as_they_are_written() {
    const MINUTE: u64 = 60 * 1000;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    for (text, milliseconds) in [
        ("1ms", 1),
        ("250ms", 250),
        ("90s", 90_000),
        ("5m", 5 * MINUTE),
        ("1h30m", 90 * MINUTE),
        ("1h52m18s", HOUR + 52 * MINUTE + 18_000),
        ("1d", DAY),
        ("2w", 14 * DAY),
        ("1w2d3h4m5s6ms", 9 * DAY + 3 * HOUR + 4 * MINUTE + 5006),
        ("1m30ms", MINUTE + 30),
        ("007s", 7000),
        ("0h5m", 5 * MINUTE),
        ("365d", 365 * DAY),
        ("52w1d", 365 * DAY),
    ] {
        let duration = Duration::from_millis(milliseconds);
        assert_eq!(parse_duration(text), Ok(duration), "{text}");
    }
}

#[test]
fn what_is_no_duration_is_told_why() {
    for (text, reason) in [
        ("", "is empty"),
        ("  ", "is empty"),
        ("5", "`5` has no unit: write `5s`"),
        ("1h30", "`30` has no unit"),
        ("m", "`m` has no number"),
        ("5 minutes", "unknown unit `minutes`: write `5m`"),
        ("1 h 30 m", "no spaces: write `1h30m`"),
        ("5min", "write `5m`"),
        ("5MS", "write `5ms`"),
        ("30 seconds", "write `30s`"),
        ("200milliseconds", "write `200ms`"),
        ("3weeks", "write `3w`"),
        ("1mo", "no fixed length"),
        ("1y", "no fixed length"),
        ("5x", "one of `ms`, `s`, `m`, `h`, `d` or `w`"),
        ("5µs", "one of `ms`"),
        ("1.5h", "the numbers are whole"),
        ("1,5h", "the numbers are whole"),
        ("-5m", "no sign"),
        ("+5m", "no sign"),
        ("30m1h", "`h` is out of order"),
        ("1h2h", "`h` is out of order"),
        ("1ms1s", "`s` is out of order"),
        ("0s", "is zero"),
        ("0d0ms", "is zero"),
        ("366d", "at most one year"),
        ("365d1ms", "at most one year"),
        ("18446744073709551615w", "at most one year"),
        ("99999999999999999999999s", "at most one year"),
        ("٣s", "has no number"),
        ("\u{0}", "has no number"),
    ] {
        let message = parse_duration(text).expect_err(text);
        assert!(message.contains(reason), "{text:?}: {message}");
    }
}

#[test]
fn the_waits_of_retry_are_checked_against_the_runtimes_defaults() {
    let policy = RetryPolicy::new();
    assert_eq!(policy, policy.min(DEFAULT_MIN).max(DEFAULT_MAX));
}

#[test]
fn cron_lines_that_come_are_right() {
    for line in [
        "* * * * *",
        "  0   3 * * *  ",
        "*/15 9-17 * JAN-NOV MON-FRI",
        "0 0 29 2 *",
        "0 0 30 2,3 *",
        "0 0 30 2 0",
        "0 0 30 2 7",
        "0 0 L * *",
        "0 0 LW 2 *",
        "0 0 15W * *",
        "0 0 * * 5L",
        "0 0 * * MON#2",
        "0 0 ? * mon",
        "0 22-23,0-6/2 * * *",
        "0 0 * * FRI-7,0-MON",
        "0 0 1 1 +1",
        "@hourly",
        "@Daily",
        "@weekly",
        "@monthly",
        "@yearly",
        "@annually",
    ] {
        assert_eq!(cron::check(line), Ok(()), "{line}");
    }
}

#[test]
fn a_wrong_cron_line_is_told_which_field_is_wrong() {
    for (line, reason) in [
        ("", "is empty"),
        ("0 3 * *", "this one has 4"),
        ("0", "this one has 1"),
        ("0 0 0 3 * * * *", "this one has 8"),
        (
            "0 0 3 * * *",
            "no seconds: leave out the first of the six fields and write `0 3 * * *`",
        ),
        ("0 0 3 * * * 2027", "write `0 3 * * *`"),
        ("60 * * * *", "the minute `60` is wrong: write 0 to 59"),
        ("0 24 * * *", "the hour `24`"),
        ("0 0 0 * *", "the day of the month `0`"),
        ("0 0 32 * *", "the day of the month `32`"),
        ("0 0 * 13 *", "the month `13`"),
        ("0 0 * FOO *", "the month `FOO`"),
        ("0 0 * * 8", "the day of the week `8`"),
        ("0 0 * * MONDAY", "the day of the week `MONDAY`"),
        ("-1 * * * *", "the minute `-1`"),
        ("99999 * * * *", "the minute `99999`"),
        ("5/15 * * * *", "write `5-59/15`"),
        ("/5 * * * *", "write `*/5`"),
        ("*/0 * * * *", "steps of 0"),
        ("0 22-6 * * *", "write `22-23,0-6`"),
        ("0 0 28-3 * *", "write `28-31,1-3`"),
        ("0 0 * * 5-1", "write `5-7,0-1`"),
        ("0 0 * * FRI-MON", "write `FRI-7,0-MON`"),
        ("0 0 * nov-feb *", "write `nov-12,1-feb`"),
        ("0 1-5-7 * * *", "the hour `1-5-7` is wrong"),
        ("0 *-5 * * *", "the hour `*-5` is wrong"),
        ("0 1-24 * * *", "the hour `1-24` is wrong"),
        ("0, * * * *", "a comma with nothing beside it"),
        (", * * * *", "a comma with nothing beside it"),
        ("é * * * *", "the minute `é`"),
        ("@midnight", "unknown nickname `@midnight`"),
        ("@every 5m", "unknown nickname"),
        ("@", "unknown nickname"),
        ("0 0 30 2 *", "month `2` has no day `30`"),
        ("0 0 30-31 FEB *", "never comes"),
        ("0 0 31 2,4,6,9,11 *", "never comes"),
        ("0 0 31 2 +1", "never comes"),
    ] {
        let message = cron::check(line).expect_err(line);
        assert!(message.contains(reason), "{line:?}: {message}");
    }
}
