//! Dates, times, JSON and decimals: as typed columns, and as filters up to PostgreSQL's limits.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use supabase_task::client::{FilterValue, InsertRow, RowFilter, ServiceClient, column};
use supabase_task::prelude::*;

/// A row as it is written and read: every column has the type that it is filtered by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Row)]
#[row(table = "moments")]
struct Moment {
    id: i64,
    at: DateTime<Utc>,
    local: NaiveDateTime,
    day: NaiveDate,
    clock: NaiveTime,
    days: Vec<NaiveDate>,
    doc: Value,
    #[row(cast = "text")]
    price: Decimal,
    #[row(cast = "text")]
    exact: BigDecimal,
}

impl InsertRow for Moment {
    type Row = Self;
}

/// PostgreSQL's first day.
const FIRST_DAY: (i32, u32, u32) = (-4713, 11, 24);
/// The years that chrono reads as PostgreSQL writes them.
const READABLE: std::ops::RangeInclusive<i32> = 1..=9999;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// In microseconds, as in PostgreSQL.
fn clock() -> impl Strategy<Value = NaiveTime> {
    let times = 0..86_400_000_000_u64;
    prop_oneof![
        6 => times,
        1 => Just(0),
        1 => Just(86_399_999_999),
        2 => (0..86_400_u64).prop_map(|seconds| seconds * 1_000_000),
    ]
    .prop_map(|micros| {
        let (seconds, micros) = (micros / 1_000_000, micros % 1_000_000);
        let (seconds, micros) = (seconds.try_into(), u32::try_from(micros));
        NaiveTime::from_num_seconds_from_midnight_opt(seconds.unwrap(), micros.unwrap() * 1000)
            .expect("a time")
    })
}

fn days(first: NaiveDate, last: NaiveDate) -> impl Strategy<Value = NaiveDate> {
    let days = first.num_days_from_ce()..=last.num_days_from_ce();
    prop_oneof![
        4 => days,
        4 => 719_163 - 400..719_163 + 30_000,
        1 => Just(first.num_days_from_ce()),
        1 => Just(last.num_days_from_ce()),
    ]
    .prop_map(|days| NaiveDate::from_num_days_from_ce_opt(days).expect("a day"))
}

fn readable_day() -> impl Strategy<Value = NaiveDate> {
    days(day(*READABLE.start(), 1, 1), day(*READABLE.end(), 12, 31))
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    let (year, month, of_month) = FIRST_DAY;
    days(day(year, month, of_month), NaiveDate::MAX)
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-99..99_i64).prop_map(Value::from),
        crate::values::text().prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((crate::values::text(), inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn moment() -> impl Strategy<Value = Moment> {
    let whens = (
        readable_day(),
        clock(),
        readable_day(),
        clock(),
        readable_day(),
        clock(),
    );
    let others = (
        prop::collection::vec(readable_day(), 0..3),
        document(),
        (any::<i64>(), 0..=28_u32),
        (any::<i128>(), -40..200_i64),
    );
    (whens, others).prop_map(|(whens, (days, doc, price, exact))| Moment {
        id: 0,
        at: whens.0.and_time(whens.1).and_utc(),
        local: whens.2.and_time(whens.3),
        day: whens.4,
        clock: whens.5,
        days,
        // On its own, a `null` would be written as NULL.
        doc: if doc.is_null() { json!([doc]) } else { doc },
        price: Decimal::from_i128_with_scale(price.0.into(), price.1),
        // PostgreSQL has no negative scale: a number with one comes back with zeros.
        exact: BigDecimal::new(exact.0.into(), exact.1),
    })
}

/// Writes rows and reads them; each value filters and sorts. Each value in an operator is a case.
pub(crate) async fn check(supabase: &ServiceClient, runner: &mut TestRunner, rows: i64) -> usize {
    let mut moments: Vec<Moment> = Vec::new();
    for id in 1..=rows {
        let drawn = moment().new_tree(runner).unwrap().current();
        moments.push(Moment { id, ..drawn });
    }
    let table = || supabase.table::<Moment>();
    table().delete().all_rows().await.unwrap();
    table().insert(&moments).await.unwrap();
    let read = table().order(Moment::id.asc()).rows().await.unwrap();
    assert_eq!(read, moments);

    let mut sorted = moments.clone();
    sorted.sort_by_key(|moment| (moment.at, moment.local, moment.day, moment.clock, moment.id));
    let order = [
        Moment::at.asc(),
        Moment::local.asc(),
        Moment::day.asc(),
        Moment::clock.asc(),
        Moment::id.asc(),
    ];
    let query = order
        .into_iter()
        .fold(table().select(), |query, order| query.order(order));
    assert_eq!(query.rows().await.unwrap(), sorted);

    let mut cases = moments.len() * 9;
    for sample in &moments {
        cases += filters(supabase, &moments, sample).await;
        cases += extremes(supabase, runner).await;
    }
    cases
}

async fn filters(supabase: &ServiceClient, moments: &[Moment], sample: &Moment) -> usize {
    let offset = FixedOffset::east_opt(5 * 3600 + 1800).unwrap();
    let elsewhere = sample.at.with_timezone(&offset);
    type Holds<'a> = Box<dyn Fn(&Moment) -> bool + 'a>;
    let checks: Vec<(RowFilter<Moment>, Holds<'_>)> = vec![
        (Moment::at.eq(sample.at), Box::new(|m| m.at == sample.at)),
        (Moment::at.gt(sample.at), Box::new(|m| m.at > sample.at)),
        (
            Moment::local.lte(sample.local),
            Box::new(|m| m.local <= sample.local),
        ),
        (
            Moment::day.neq(sample.day),
            Box::new(|m| m.day != sample.day),
        ),
        (
            Moment::clock.in_([sample.clock, NaiveTime::MIN]),
            Box::new(|m| m.clock == sample.clock || m.clock == NaiveTime::MIN),
        ),
        (
            Moment::doc.eq(&sample.doc),
            Box::new(|m| m.doc == sample.doc),
        ),
        (
            Moment::price.gte(sample.price),
            Box::new(|m| m.price >= sample.price),
        ),
        (
            Moment::exact.lt(&sample.exact),
            Box::new(|m| m.exact < sample.exact),
        ),
        (
            Moment::days.contains(&sample.days),
            Box::new(|m| sample.days.iter().all(|day| m.days.contains(day))),
        ),
        (
            !Moment::at.lt(sample.at) & (Moment::day.eq(sample.day) | Moment::doc.eq(&sample.doc)),
            Box::new(|m| m.at >= sample.at && (m.day == sample.day || m.doc == sample.doc)),
        ),
        (
            RowFilter::new(column("at").in_([elsewhere])),
            Box::new(|m| m.at == sample.at),
        ),
    ];
    let count = checks.len();
    for (filter, holds) in checks {
        let what = format!("{filter:?} of {sample:?}");
        let found = supabase.table::<Moment>().filter(filter).rows().await;
        let found = found.unwrap_or_else(|error| panic!("{what}: {error}"));
        let found: BTreeSet<i64> = found.iter().map(|moment| moment.id).collect();
        let expected = moments.iter().filter(|moment| holds(moment));
        let expected: BTreeSet<i64> = expected.map(|moment| moment.id).collect();
        assert_eq!(found, expected, "{what}");
    }
    count
}

#[derive(Debug, Deserialize)]
struct Extreme {
    micros: i64,
    local_micros: i64,
    day_number: i64,
}

/// One row for any day that PostgreSQL and chrono support, as text in a filter: the columns show
/// how PostgreSQL interprets it, and filters find it again.
async fn extremes(supabase: &ServiceClient, runner: &mut TestRunner) -> usize {
    let (of_day, time) = (any_day(), clock()).new_tree(runner).unwrap().current();
    let other = any_day().new_tree(runner).unwrap().current().and_time(time);
    let local = of_day.and_time(time);
    let text = |value: &dyn FilterValue| {
        let mut text = String::new();
        value.write_to(&mut text);
        text
    };
    let extremes = || supabase.from("extremes");
    extremes().delete().all_rows().await.unwrap();
    let row = json!({
        "at": text(&local.and_utc()), "local": text(&local), "day": text(&of_day),
    });
    extremes()
        .insert(&row)
        .await
        .unwrap_or_else(|error| panic!("{row}: {error}"));
    let numbers = supabase
        .from("extreme_numbers")
        .select("*")
        .single::<Extreme>();
    let written = numbers.await.unwrap();
    let micros = local.and_utc().timestamp_micros();
    assert_eq!(written.micros, micros, "{row}");
    assert_eq!(written.local_micros, micros, "{row}");
    let days = of_day
        .signed_duration_since(NaiveDate::default())
        .num_days();
    assert_eq!(written.day_number, days, "{row}");

    let before = local.cmp(&other) == Ordering::Less;
    let select = || extremes().select("day");
    let utc = |moment: NaiveDateTime| moment.and_utc();
    for (query, is_there) in [
        (
            select()
                .eq("at", utc(local))
                .eq("local", local)
                .eq("day", of_day),
            true,
        ),
        (select().neq("at", utc(local)), false),
        (select().in_("local", [other, local]), true),
        (select().lt("at", utc(other)), before),
        (
            select().and([!column("local").gte(other), column("day").eq(of_day)]),
            before,
        ),
        (select().gt("day", other.date()), of_day > other.date()),
    ] {
        let what = format!("{query:?} of {row}, beside {other}");
        let found = query
            .rows::<Value>()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(!found.is_empty(), is_there, "{what}");
    }
    9
}

/// A value that cannot be stored or written as JSON is an error and does not become another value.
pub(crate) async fn check_refused(supabase: &ServiceClient) {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let (year, month, of_month) = FIRST_DAY;
    let before = day(year, month, of_month).pred_opt().unwrap();
    for query in [
        supabase.from("extremes").select("day").eq("day", before),
        supabase
            .from("extremes")
            .select("day")
            .eq("at", before.and_time(noon).and_utc()),
    ] {
        let error = query.rows::<Value>().await.unwrap_err();
        assert_eq!(error.code(), Some("22008"), "{error}");
    }
    let sample = |at: DateTime<Utc>| Moment {
        id: -1,
        at,
        local: NaiveDateTime::default(),
        day: NaiveDate::default(),
        clock: noon,
        days: Vec::new(),
        doc: json!({}),
        price: Decimal::ZERO,
        exact: BigDecimal::default(),
    };
    for year in [-43, 10_000] {
        let at = day(year, 3, 15).and_time(noon).and_utc();
        let refused = supabase.table::<Moment>().insert(&sample(at)).await;
        assert!(refused.unwrap_err().code().is_some(), "{at}");
    }
}
