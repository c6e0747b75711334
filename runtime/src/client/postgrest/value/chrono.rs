//! Dates and times of the crate `chrono`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike};

use super::FilterValue;
use super::moment::{Clock, Day, Zone, push_clock, push_day, push_moment};

/// For a column of `timestamptz`: the moment in UTC, whatever its time zone.
impl<Tz: TimeZone> FilterValue for DateTime<Tz> {
    fn write_to(&self, text: &mut String) {
        let utc = self.naive_utc();
        push_moment(text, &day(&utc), &clock(&utc), Zone::Utc);
    }
}

/// For a column of `timestamp`, which has no time zone.
impl FilterValue for NaiveDateTime {
    fn write_to(&self, text: &mut String) {
        push_moment(text, &day(self), &clock(self), Zone::Unknown);
    }
}

/// For a column of `date`.
impl FilterValue for NaiveDate {
    fn write_to(&self, text: &mut String) {
        push_day(text, &day(self));
    }
}

/// For a column of `time`.
impl FilterValue for NaiveTime {
    fn write_to(&self, text: &mut String) {
        push_clock(text, &clock(self));
    }
}

fn day(date: &impl Datelike) -> Day {
    Day {
        year: date.year(),
        month: date.month(),
        day: date.day(),
    }
}

fn clock(time: &impl Timelike) -> Clock {
    // chrono counts a leap second as nanoseconds beyond the second before it.
    let nanoseconds = time.nanosecond();
    Clock {
        hour: time.hour(),
        minute: time.minute(),
        second: time.second() + nanoseconds / NANOSECONDS,
        nanosecond: nanoseconds % NANOSECONDS,
    }
}

const NANOSECONDS: u32 = 1_000_000_000;
