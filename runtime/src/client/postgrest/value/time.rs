//! Dates and times of the crate `time`.

use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcDateTime};

use super::FilterValue;
use super::moment::{Clock, Day, Zone, push_clock, push_day, push_moment};

/// For a column of `timestamptz`: the moment in UTC, whatever its offset.
impl FilterValue for OffsetDateTime {
    fn write_to(&self, text: &mut String) {
        match self.checked_to_utc() {
            Some(utc) => utc.write_to(text),
            // In UTC, the day is before the first or after the last that the crate supports.
            None => {
                let (hours, minutes, seconds) = self.offset().as_hms();
                let zone = Zone::East(hours, minutes, seconds);
                push_moment(text, &day(self.date()), &clock(self.time()), zone);
            }
        }
    }
}

/// For a column of `timestamptz`.
impl FilterValue for UtcDateTime {
    fn write_to(&self, text: &mut String) {
        push_moment(text, &day(self.date()), &clock(self.time()), Zone::Utc);
    }
}

/// For a column of `timestamp`, which has no time zone.
impl FilterValue for PrimitiveDateTime {
    fn write_to(&self, text: &mut String) {
        push_moment(text, &day(self.date()), &clock(self.time()), Zone::Unknown);
    }
}

/// For a column of `date`.
impl FilterValue for Date {
    fn write_to(&self, text: &mut String) {
        push_day(text, &day(*self));
    }
}

/// For a column of `time`.
impl FilterValue for Time {
    fn write_to(&self, text: &mut String) {
        push_clock(text, &clock(*self));
    }
}

fn day(date: Date) -> Day {
    let (year, month, day) = date.to_calendar_date();
    Day {
        year,
        month: u8::from(month).into(),
        day: day.into(),
    }
}

fn clock(time: Time) -> Clock {
    let (hour, minute, second, nanosecond) = time.as_hms_nano();
    Clock {
        hour: hour.into(),
        minute: minute.into(),
        second: second.into(),
        nanosecond,
    }
}
