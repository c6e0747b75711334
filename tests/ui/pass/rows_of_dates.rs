//! Columns of dates, times and JSON: every filter, on its own, in lists, in arrays and in ranges.

#![allow(dead_code)]

use chrono::{DateTime, Duration, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use supabase_task::client::column;
use supabase_task::prelude::*;

#[derive(Debug, Deserialize, Row)]
pub struct Booking {
    id: i64,
    created_at: DateTime<Utc>,
    moved_at: Option<DateTime<FixedOffset>>,
    local: NaiveDateTime,
    day: NaiveDate,
    opens: Option<NaiveTime>,
    days: Vec<NaiveDate>,
    meta: Value,
}

pub async fn bookings(supabase: UserClient) -> TaskResult<Vec<Booking>> {
    let now = Utc::now();
    let today = now.date_naive();
    let bookings = supabase
        .table::<Booking>()
        .filter(Booking::created_at.gte(now - Duration::days(1)))
        .filter(Booking::created_at.lt(&now))
        .filter(Booking::moved_at.is_null() | Booking::moved_at.gt(now.fixed_offset()))
        .filter(Booking::local.neq(now.naive_utc()))
        .filter(Booking::day.in_([today, NaiveDate::MIN]))
        .filter(!Booking::opens.eq(NaiveTime::MIN))
        .filter(Booking::opens.is_distinct(&NaiveTime::MIN))
        .filter(Booking::days.contains([today]) & Booking::days.overlaps(&[today]))
        .filter(Booking::meta.eq(json!({ "city": "Oslo" })))
        .filter(Booking::meta.contains_json(&json!({ "city": "Oslo" })))
        .order(Booking::created_at.desc())
        .order(Booking::opens.asc())
        .rows()
        .await?;
    Ok(bookings)
}

pub fn untyped(supabase: &UserClient, now: DateTime<Local>, today: NaiveDate) {
    let query = supabase
        .from("bookings")
        .select("id")
        .eq("day", today)
        .gt("created_at", now)
        .contains("span", now..)
        .overlaps("days", today..=today)
        .in_("day", vec![today])
        .or([column("created_at").gt(now), column("meta").neq(json!([]))]);
    drop(query);
}

fn main() {}
