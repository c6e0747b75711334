//! Conversion of values between graphile_worker and PostgreSQL.
//!
//! One bad row must not fail the other rows of its batch: graphile_worker has locked them all by then, and no
//! worker would ever get them. So a time that is out of range becomes the nearest one, and JSON is passed on
//! as text, without parsing it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use graphile_worker::{BoxFuture, DbCell, DbError, DbParams, DbRow, DbValue};
use serde_json::Value;
use sqlx::postgres::{PgRow, PgValueFormat, PgValueRef};
use sqlx::{AssertSqlSafe, Column, Row, TypeInfo, ValueRef};

use super::texts::Texts;
use crate::engine::QueueError;
use crate::engine::postgres::connections::Query;

/// Microseconds from 1970 to 2000, where PostgreSQL's time begins.
const EPOCH: i64 = 946_684_800_000_000;

pub(super) fn query<'q>(sql: &str, params: &DbParams) -> Query<'q> {
    let mut query: Query<'q> = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for value in params.values() {
        query = match value.clone() {
            DbValue::Bool(value) => query.bind(value),
            DbValue::BoolOpt(value) => query.bind(value),
            DbValue::I16(value) => query.bind(value),
            DbValue::I16Opt(value) => query.bind(value),
            DbValue::I32(value) => query.bind(value),
            DbValue::I32Opt(value) => query.bind(value),
            DbValue::I64(value) => query.bind(value),
            DbValue::I64Opt(value) => query.bind(value),
            DbValue::Json(value) => query.bind(value),
            DbValue::JsonOpt(value) => query.bind(value),
            DbValue::Text(value) => query.bind(value),
            DbValue::TextOpt(value) => query.bind(value),
            DbValue::TextArray(value) => query.bind(value),
            DbValue::TextArrayOpt(value) => query.bind(value),
            DbValue::I32Array(value) => query.bind(value),
            DbValue::I64Array(value) => query.bind(value),
            DbValue::TimestampTz(value) => query.bind(value),
            DbValue::TimestampTzOpt(value) => query.bind(value),
        };
    }
    query
}

/// An answer for graphile_worker, while it is awaited.
pub(super) type Answer<'a, T> = BoxFuture<'a, Result<T, DbError>>;

/// Converts an error for graphile_worker.
pub(super) fn db_error(error: QueueError) -> DbError {
    DbError::new(error.to_string())
}

/// Converts a row. The payload of a job goes to `texts` instead.
pub(super) fn row(row: &PgRow, texts: &Texts) -> Result<DbRow, DbError> {
    let mut cells = HashMap::with_capacity(row.columns().len());
    for (index, column) in row.columns().iter().enumerate() {
        let cell = cell(row, index, column.type_info().name())
            .map_err(|error| DbError::new(format!("column `{}`: {error}", column.name())))?;
        cells.insert(column.name().to_owned(), cell);
    }
    if let Some(&DbCell::I64(job)) = cells.get("id")
        && let Some(DbCell::Json(payload)) = cells.get_mut("payload")
        && let Value::String(text) = payload.take()
    {
        texts.put(job, text);
    }
    Ok(DbRow::new(cells))
}

fn cell(row: &PgRow, index: usize, type_name: &str) -> sqlx::Result<DbCell> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(DbCell::Null);
    }
    let bytes = value.as_bytes().map_err(sqlx::Error::Decode);
    Ok(match type_name {
        "BOOL" => DbCell::Bool(row.try_get(index)?),
        "INT2" => DbCell::I16(row.try_get(index)?),
        "INT4" => DbCell::I32(row.try_get(index)?),
        "INT8" => DbCell::I64(row.try_get(index)?),
        "TIMESTAMPTZ" => DbCell::TimestampTz(time(value)?),
        "JSON" => DbCell::Json(Value::String(lossy(bytes?))),
        "JSONB" => {
            let bytes = bytes?;
            // The binary format has a version byte before the text.
            let text = bytes.strip_prefix(&[1]).unwrap_or(bytes);
            DbCell::Json(Value::String(lossy(text)))
        }
        _ => DbCell::Text(lossy(bytes?)),
    })
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the nearest time that `chrono` can represent: PostgreSQL's range is larger, and has infinities.
fn time(value: PgValueRef<'_>) -> sqlx::Result<DateTime<Utc>> {
    let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
    let micros = match (value.format(), <[u8; 8]>::try_from(bytes)) {
        (PgValueFormat::Binary, Ok(bytes)) => i64::from_be_bytes(bytes),
        _ => return sqlx::Decode::<sqlx::Postgres>::decode(value).map_err(sqlx::Error::Decode),
    };
    Ok(nearest(micros))
}

fn nearest(micros_since_2000: i64) -> DateTime<Utc> {
    let far = match micros_since_2000 > 0 {
        true => DateTime::<Utc>::MAX_UTC,
        false => DateTime::<Utc>::MIN_UTC,
    };
    micros_since_2000
        .checked_add(EPOCH)
        .and_then(DateTime::from_timestamp_micros)
        .unwrap_or(far)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_of_postgresql_is_too_far() {
        assert_eq!(nearest(i64::MAX), DateTime::<Utc>::MAX_UTC);
        assert_eq!(nearest(i64::MIN), DateTime::<Utc>::MIN_UTC);
        assert_eq!(nearest(0).to_rfc3339(), "2000-01-01T00:00:00+00:00");
        assert_eq!(nearest(1).timestamp_subsec_micros(), 1);
    }
}
