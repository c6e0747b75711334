//! Dates and times as PostgreSQL reads them, whichever crate they come from.
//!
//! The format is ISO 8601 with PostgreSQL's own way to write years: a year of more than four digits
//! has no sign, and a year before the year 1 is counted backwards, with `BC` at the end. Every digit
//! of a fraction is written; PostgreSQL rounds to microseconds, as it does for stored values.

use std::fmt::Write as _;

/// A day of the calendar in which the year 0 is 1 BC.
pub(super) struct Day {
    pub(super) year: i32,
    pub(super) month: u32,
    pub(super) day: u32,
}

/// A time of the day.
pub(super) struct Clock {
    pub(super) hour: u32,
    pub(super) minute: u32,
    /// 60 in a leap second, which PostgreSQL reads as the second after it.
    pub(super) second: u32,
    pub(super) nanosecond: u32,
}

/// What is known of the time zone.
#[derive(Clone, Copy)]
pub(super) enum Zone {
    Unknown,
    Utc,
    /// Hours, minutes and seconds east of UTC. All three have the sign.
    #[cfg(feature = "time")]
    East(i8, i8, i8),
}

pub(super) fn push_day(text: &mut String, day: &Day) {
    push_date(text, day);
    push_era(text, day);
}

pub(super) fn push_clock(text: &mut String, clock: &Clock) {
    let Clock {
        hour,
        minute,
        second,
        nanosecond,
    } = clock;
    // Writing to a `String` cannot fail, here and below.
    let _ = write!(text, "{hour:02}:{minute:02}:{second:02}");
    if *nanosecond > 0 {
        let fraction = format!("{nanosecond:09}");
        text.push('.');
        text.push_str(fraction.trim_end_matches('0'));
    }
}

/// Appends a day and a time of the day.
pub(super) fn push_moment(text: &mut String, day: &Day, clock: &Clock, zone: Zone) {
    push_date(text, day);
    text.push('T');
    push_clock(text, clock);
    match zone {
        Zone::Unknown => {}
        Zone::Utc => text.push('Z'),
        #[cfg(feature = "time")]
        Zone::East(hours, minutes, seconds) => {
            let sign = if hours.min(minutes).min(seconds) < 0 {
                '-'
            } else {
                '+'
            };
            let [hours, minutes, seconds] = [hours, minutes, seconds].map(i8::unsigned_abs);
            let _ = write!(text, "{sign}{hours:02}:{minutes:02}:{seconds:02}");
        }
    }
    push_era(text, day);
}

fn push_date(text: &mut String, Day { year, month, day }: &Day) {
    let year = if *year > 0 { *year } else { 1 - *year };
    let _ = write!(text, "{year:04}-{month:02}-{day:02}");
}

fn push_era(text: &mut String, day: &Day) {
    if day.year <= 0 {
        text.push_str(" BC");
    }
}
