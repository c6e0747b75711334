//! The transaction that a request of the API runs in.
//!
//! PostgreSQL writes each row as JSON, as it does for PostgREST. postrust would decode the columns itself: it
//! turns `1.10` into `1.1000`, a type it does not know into null, and panics on an infinite date.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use postrust_core::db::{Db, DbError, FetchedThen, RawRows, SqlxTx, Tx};
use postrust_sql::SqlParam;
use serde_json::Value;

use super::api::Api;
use super::arguments::with_nulls;

/// The name of a row as JSON, which no column should have.
const ROW: &str = "supabase_task_row";

/// Begins the transaction of one request.
pub(super) struct Transactions {
    pub(super) api: Arc<Api>,
    /// The rows of the last query, which are those a write has written.
    pub(super) rows: Arc<AtomicUsize>,
    /// What ends the query, such as `LIMIT 1`.
    pub(super) page: String,
}

impl Db for Transactions {
    type Tx<'a> = Transaction;

    async fn begin(&self) -> Result<Transaction, DbError> {
        Ok(Transaction {
            inner: Db::begin(self.api.database().pool()).await?,
            rows: Arc::clone(&self.rows),
            page: self.page.clone(),
        })
    }
}

/// A transaction whose rows PostgreSQL writes as JSON.
pub(super) struct Transaction {
    inner: SqlxTx,
    rows: Arc<AtomicUsize>,
    page: String,
}

impl Tx for Transaction {
    async fn execute(&mut self, sql: &str, params: &[SqlParam]) -> Result<u64, DbError> {
        self.inner.execute(sql, params).await
    }

    async fn fetch_json(&mut self, sql: &str, params: &[SqlParam]) -> Result<Vec<Value>, DbError> {
        let params = with_nulls(params);
        let rows = match row_as_json(sql) {
            Some(sql) => {
                let sql = sql + &self.page;
                unwrapped(self.inner.fetch_json(&sql, &params).await?)
            }
            None => self.inner.fetch_json(sql, &params).await?,
        };
        self.rows.store(rows.len(), Ordering::Relaxed);
        Ok(rows)
    }

    async fn fetch_values(
        &mut self,
        sql: &str,
        params: &[SqlParam],
    ) -> Result<Vec<Vec<Value>>, DbError> {
        self.inner.fetch_values(sql, &with_nulls(params)).await
    }

    async fn fetch_raw(
        &mut self,
        sql: &str,
        params: &[SqlParam],
        count_column: &str,
    ) -> Result<RawRows, DbError> {
        let params = with_nulls(params);
        self.inner.fetch_raw(sql, &params, count_column).await
    }

    async fn commit(self) -> Result<(), DbError> {
        self.inner.commit().await
    }

    fn queue(&mut self, sql: &str, params: &[SqlParam]) {
        self.inner.queue(sql, params);
    }

    async fn fetch_json_then(&mut self, sql: &str, params: &[SqlParam], then: &str) -> FetchedThen {
        let rows = self.fetch_json(sql, params).await?;
        let then = self.fetch_values(then, &[]).await?;
        Ok((rows, then))
    }

    async fn fetch_json_and_commit(
        mut self,
        sql: &str,
        params: &[SqlParam],
    ) -> Result<Vec<Value>, DbError> {
        let rows = self.fetch_json(sql, params).await?;
        self.commit().await?;
        Ok(rows)
    }
}

/// Rewrites a query of postrust, so that each of its rows is one JSON object. `None` if it is a write
/// that returns no columns.
fn row_as_json(sql: &str) -> Option<String> {
    let (with, select) = split_with(sql);
    select
        .starts_with("SELECT ")
        .then(|| format!("{with} SELECT to_json({ROW}.*) AS {ROW} FROM ({select}) AS {ROW}"))
}

/// Splits `WITH name AS (…) SELECT …` before its `SELECT`: a write cannot be in a subquery.
fn split_with(sql: &str) -> (&str, &str) {
    if !sql.starts_with("WITH ") {
        return ("", sql);
    }
    let (mut depth, mut quote) = (0, None);
    for (position, byte) in sql.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) => quote = (byte != open).then_some(open),
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') if depth == 1 => {
                let (with, select) = sql.split_at(position + 1);
                return (with, select.trim_start());
            }
            (None, b')') => depth -= 1,
            (None, _) => {}
        }
    }
    ("", sql)
}

fn unwrapped(rows: Vec<Value>) -> Vec<Value> {
    rows.into_iter()
        .map(|mut row| row.get_mut(ROW).map(Value::take).unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_stays_outside_the_subquery() {
        for (sql, expected) in [
            (
                "SELECT 1 AS a",
                Some(
                    " SELECT to_json(supabase_task_row.*) AS supabase_task_row FROM (SELECT 1 AS a) AS supabase_task_row",
                ),
            ),
            (
                "WITH w AS (INSERT INTO t (\"a)\") SELECT E'\\\\)''' RETURNING \"a)\") SELECT \"a)\" FROM w",
                Some(
                    "WITH w AS (INSERT INTO t (\"a)\") SELECT E'\\\\)''' RETURNING \"a)\") SELECT to_json(supabase_task_row.*) AS supabase_task_row FROM (SELECT \"a)\" FROM w) AS supabase_task_row",
                ),
            ),
            ("DELETE FROM t RETURNING 1", None),
        ] {
            assert_eq!(row_as_json(sql).as_deref(), expected);
        }
    }
}
