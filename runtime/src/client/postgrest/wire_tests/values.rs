//! Values of other crates' types: the text that PostgreSQL reads, wherever a filter takes it.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use proptest::prelude::*;
use serde_json::json;

use super::super::{FilterValue, column};
use super::{line, parameter, request, todos};

fn text(value: impl FilterValue) -> String {
    let mut text = String::new();
    value.write_to(&mut text);
    text
}

fn moment(text: &str) -> DateTime<FixedOffset> {
    text.parse().unwrap()
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn a_moment_is_written_in_utc_with_every_digit() {
    for (moment, expected) in [
        (moment("2026-11-30T09:05:07Z"), "2026-11-30T09:05:07Z"),
        (moment("2026-11-30T01:30:00+02:00"), "2026-11-29T23:30:00Z"),
        (
            moment("2026-11-30T00:00:00.25-05:30"),
            "2026-11-30T05:30:00.25Z",
        ),
        (
            moment("2026-11-30T00:00:00.000001Z"),
            "2026-11-30T00:00:00.000001Z",
        ),
        (
            moment("2026-11-30T00:00:00.123456789Z"),
            "2026-11-30T00:00:00.123456789Z",
        ),
        (moment("2016-12-31T23:59:60Z"), "2016-12-31T23:59:60Z"),
        (moment("0099-01-01T00:00:00Z"), "0099-01-01T00:00:00Z"),
    ] {
        assert_eq!(text(moment), expected);
        assert_eq!(
            text(moment.with_timezone(&chrono_tz::Asia::Kathmandu)),
            expected
        );
    }
}

#[test]
fn years_are_written_as_postgresql_counts_them() {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    for (year, date, moment) in [
        (9999, "9999-03-15", "9999-03-15T12:00:00"),
        (10_000, "10000-03-15", "10000-03-15T12:00:00"),
        (262_142, "262142-03-15", "262142-03-15T12:00:00"),
        (1, "0001-03-15", "0001-03-15T12:00:00"),
        (0, "0001-03-15 BC", "0001-03-15T12:00:00 BC"),
        (-43, "0044-03-15 BC", "0044-03-15T12:00:00 BC"),
        (-262_143, "262144-03-15 BC", "262144-03-15T12:00:00 BC"),
    ] {
        let day = day(year, 3, 15);
        assert_eq!(text(day), date);
        assert_eq!(text(day.and_time(noon)), moment);
        let utc = moment.replacen(":00:00", ":00:00Z", 1);
        assert_eq!(text(day.and_time(noon).and_utc()), utc);
    }
    for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let offset = FixedOffset::east_opt(if extreme.timestamp() < 0 { -3600 } else { 3600 });
        let elsewhere = extreme.with_timezone(&offset.unwrap());
        assert_eq!(text(elsewhere), text(extreme));
    }
}

/// As PostgreSQL writes them in JSON. chrono must not read them as another moment.
#[test]
fn no_row_reads_a_moment_that_chrono_has_no_json_for() {
    for json in [
        json!("0044-03-15T12:00:00+00:00 BC"),
        json!("12345-01-01T00:00:00+00:00"),
        json!("infinity"),
        json!("-infinity"),
    ] {
        assert!(serde_json::from_value::<DateTime<Utc>>(json).is_err());
    }
    for json in [
        json!("0044-03-15 BC"),
        json!("12345-01-01"),
        json!("infinity"),
    ] {
        assert!(serde_json::from_value::<NaiveDate>(json).is_err());
    }
    for json in [
        json!("0044-03-15T12:00:00 BC"),
        json!("12345-01-01T00:00:00"),
    ] {
        assert!(serde_json::from_value::<NaiveDateTime>(json).is_err());
    }
    assert!(serde_json::from_value::<NaiveTime>(json!("24:00:00")).is_err());
}

#[test]
fn times_of_the_day_keep_their_digits() {
    for (nanoseconds, expected) in [
        (0, "23:59:59"),
        (500_000_000, "23:59:59.5"),
        (999_999_000, "23:59:59.999999"),
        (1_000_000_000, "23:59:60"),
    ] {
        let time = NaiveTime::from_hms_nano_opt(23, 59, 59, nanoseconds).unwrap();
        assert_eq!(text(time), expected);
    }
}

#[test]
fn every_place_of_a_filter_takes_dates_and_times() {
    let day = |of| day(2026, 11, of);
    let caesar = NaiveDate::from_ymd_opt(-43, 3, 15).unwrap();
    let at = |hour| day(30).and_hms_opt(hour, 0, 0).unwrap().and_utc();
    for (query, expected) in [
        (todos().gte("due", day(30)), "due=gte.2026-11-30"),
        (todos().lt("at", at(9)), "at=lt.2026-11-30T09:00:00Z"),
        (todos().neq("due", caesar), "due=neq.0044-03-15 BC"),
        (
            todos().in_("due", [day(29), day(30), caesar]),
            "due=in.(2026-11-29,2026-11-30,\"0044-03-15 BC\")",
        ),
        (
            todos().or([column("at").gt(at(9)), column("due").eq(caesar)]),
            "or=(at.gt.2026-11-30T09:00:00Z,due.eq.\"0044-03-15 BC\")",
        ),
        (
            todos().contains("days", [Some(day(30)), None, Some(caesar)]),
            "days=cs.{2026-11-30,NULL,\"0044-03-15 BC\"}",
        ),
        (
            todos().overlaps("booked", at(9)..at(10)),
            "booked=ov.[2026-11-30T09:00:00Z,2026-11-30T10:00:00Z)",
        ),
        (
            todos().contained_by("booked", caesar..),
            "booked=cd.[\"0044-03-15 BC\",)",
        ),
    ] {
        assert_eq!(parameter(query), expected);
    }
}

#[test]
fn an_offset_in_a_text_is_no_blank_in_the_url() {
    let query = todos().gte("at", "2026-11-30T01:30:00+02:00");
    let line = line(query);
    assert!(
        line.ends_with("&at=gte.2026-11-30T01%3A30%3A00%2B02%3A00"),
        "{line}"
    );
}

#[test]
fn json_is_compared_as_a_document() {
    for (query, expected) in [
        (
            todos().eq("meta", json!({ "a": [1, null] })),
            r#"meta=eq.{"a":[1,null]}"#,
        ),
        (todos().neq("meta", json!("a,b")), r#"meta=neq."a,b""#),
        (todos().eq("meta", &json!(null)), "meta=eq.null"),
        (
            todos().in_("meta", [json!("a"), json!(1.5), json!([])]),
            r#"meta=in.("\"a\"",1.5,"[]")"#,
        ),
        (
            todos().and([column("meta").eq(json!({ "a": 1 })), column("id").gt(1)]),
            r#"and=(meta.eq."{\"a\":1}",id.gt.1)"#,
        ),
        (
            todos().contains("metas", [json!({ "a": 1 }), json!(null)]),
            r#"metas=cs.{"{\"a\":1}","null"}"#,
        ),
    ] {
        assert_eq!(parameter(query), expected);
    }
}

#[cfg(all(feature = "rust_decimal", feature = "bigdecimal"))]
#[test]
fn decimals_keep_every_digit() {
    for number in [
        "0",
        "-0.10",
        "79228162514264337593543950335",
        "0.0000000000000000000000000001",
    ] {
        assert_eq!(
            text(number.parse::<rust_decimal::Decimal>().unwrap()),
            number
        );
    }
    for number in [
        "0",
        "-0.10",
        "123456789012345678901234567890.123456789",
        "1e+200000",
        "1E-16383",
    ] {
        assert_eq!(
            text(number.parse::<bigdecimal::BigDecimal>().unwrap()),
            number
        );
    }
}

/// The year is one that both crates support.
fn any_moment() -> impl Strategy<Value = NaiveDateTime> {
    let seconds = -377_705_116_800_i64..253_402_300_800;
    (seconds, 0_u32..1_000_000_000).prop_map(|(seconds, nanoseconds)| {
        DateTime::from_timestamp(seconds, nanoseconds)
            .unwrap()
            .naive_utc()
    })
}

#[cfg(feature = "time")]
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_same_moment_has_the_same_text_whichever_crate_says_it(
        moment in any_moment(),
        offset in -93_599_i32..93_600,
    ) {
        use time::{OffsetDateTime, UtcDateTime, UtcOffset};

        let nanoseconds = i128::from(moment.and_utc().timestamp()) * 1_000_000_000
            + i128::from(moment.and_utc().timestamp_subsec_nanos());
        let utc = UtcDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap();
        prop_assert_eq!(text(utc), text(moment.and_utc()));
        prop_assert_eq!(text(utc.date()), text(moment.date()));
        prop_assert_eq!(text(utc.time()), text(moment.time()));
        let primitive = time::PrimitiveDateTime::new(utc.date(), utc.time());
        prop_assert_eq!(text(primitive), text(moment));
        let offset = UtcOffset::from_whole_seconds(offset).unwrap();
        if let Some(elsewhere) = OffsetDateTime::from(utc).checked_to_offset(offset) {
            prop_assert_eq!(text(elsewhere), text(moment.and_utc()));
        }
    }
}

#[cfg(feature = "time")]
#[test]
fn a_moment_that_has_no_utc_is_written_with_its_offset() {
    use time::{Date, OffsetDateTime, Time, UtcOffset};

    let east = UtcOffset::from_hms(2, 30, 1).unwrap();
    for (date, offset, expected) in [
        (Date::MIN, east, "10000-01-01T00:00:00+02:30:01 BC"),
        (Date::MAX, -east, "9999-12-31T00:00:00-02:30:01"),
    ] {
        let time = match date == Date::MAX {
            true => Time::from_hms(23, 59, 59).unwrap(),
            false => Time::MIDNIGHT,
        };
        let expected = expected.replacen("T00:00:00", &format!("T{}", text(time)), 1);
        assert_eq!(
            text(OffsetDateTime::new_in_offset(date, time, offset)),
            expected
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// A tree and a list treat any date as one value.
    #[test]
    fn any_moment_stays_one_value(moment in any_moment()) {
        let written = text(moment);
        let url = request(todos().in_("at", [moment]).eq("at", moment)).unwrap().url;
        let pairs: Vec<_> = url.query_pairs().map(|(_, value)| value.into_owned()).collect();
        prop_assert_eq!(&pairs[2], &format!("eq.{written}"));
        let list = pairs[1].strip_prefix("in.").and_then(super::super::operator::read_list);
        prop_assert_eq!(list, Some(vec![written]));
    }
}
