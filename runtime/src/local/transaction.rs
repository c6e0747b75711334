//! The transaction that a request of the API runs in.
//!
//! PostgreSQL writes each row as JSON, as it does for PostgREST. postrust would decode the columns itself: it
//! turns `1.10` into `1.1000`, a type it does not know into null, and panics on an infinite date.

use std::borrow::Cow;
use std::sync::Arc;

use postrust_core::db::{Db, DbError, FetchedThen, RawRows, SqlxTx, Tx};
use postrust_sql::SqlParam;
use serde_json::{Value, json};

use super::api::Api;
use super::arguments::with_nulls;
use super::returned::Returned;
use super::rows::{INSERTED, Reading};
use super::sql_text::{split_with, unquoted};

/// The name of a row as JSON, which no column should have.
const ROW: &str = "supabase_task_row";

const RETURNING: &str = " RETURNING ";

/// Begins the transaction of one request.
pub(super) struct Transactions {
    pub(super) api: Arc<Api>,
    pub(super) returned: Arc<Returned>,
    pub(super) how: Arc<How>,
}

/// How the rows are read.
pub(super) enum How {
    /// By a statement of ours.
    Own(Reading),
    /// By postrust's.
    Theirs,
    /// By postrust's, of a write that returns nothing.
    Nothing,
}

impl Db for Transactions {
    type Tx<'a> = Transaction;

    async fn begin(&self) -> Result<Transaction, DbError> {
        Ok(Transaction {
            inner: Db::begin(self.api.database().pool()).await?,
            returned: Arc::clone(&self.returned),
            how: Arc::clone(&self.how),
        })
    }
}

/// A transaction whose rows PostgreSQL writes as JSON.
pub(super) struct Transaction {
    inner: SqlxTx,
    returned: Arc<Returned>,
    how: Arc<How>,
}

impl Transaction {
    /// Reads the rows as the body of the response. postrust gets an empty object for each.
    async fn read(
        &mut self,
        reading: &Reading,
        sql: &str,
        params: &[SqlParam],
    ) -> Result<Vec<Value>, DbError> {
        let sql = reading.statement(sql).ok_or_else(unexpected)?;
        let params = reading.params(params);
        let rows = self.inner.fetch_json(&sql, params).await?;
        let mut row = rows.into_iter().next().unwrap_or_default();
        let count = row["rows"].as_u64().and_then(|it| it.try_into().ok());
        let mut rows = vec![json!({}); count.unwrap_or_default()];
        if let (Some(first), Value::Bool(inserted)) = (rows.first_mut(), &row["inserted"]) {
            first["pgrst_inserted"] = (*inserted).into();
        }
        if let Value::String(body) = row["body"].take() {
            self.returned.set_body(body);
        }
        self.returned.set_total(row["total"].as_i64());
        Ok(rows)
    }

    /// Answers what postrust asks for a count.
    async fn count(&mut self, reading: &Reading, sql: &str, params: &[SqlParam]) -> Counted {
        const PLAN: &str = "EXPLAIN (FORMAT JSON) ";
        if let Some(counted) = sql.strip_prefix(PLAN) {
            let sql = reading.count_statement(counted).ok_or_else(unexpected)?;
            let params = reading.params(params);
            return self
                .inner
                .fetch_values(&(PLAN.to_owned() + &sql), params)
                .await;
        }
        // Counted with the rows: the function of a call is not called again.
        match self.returned.total() {
            Some(total) if sql.starts_with("SELECT count(*) FROM (") => {
                Ok(vec![vec![total.into()]])
            }
            _ => self.inner.fetch_values(sql, params).await,
        }
    }
}

type Counted = Result<Vec<Vec<Value>>, DbError>;

fn unexpected() -> DbError {
    DbError::other("a statement of postrust has another form than LocalSupabase expects")
}

impl Tx for Transaction {
    async fn execute(&mut self, sql: &str, params: &[SqlParam]) -> Result<u64, DbError> {
        self.inner.execute(sql, params).await
    }

    async fn fetch_json(&mut self, sql: &str, params: &[SqlParam]) -> Result<Vec<Value>, DbError> {
        let params = with_nulls(params);
        let how = Arc::clone(&self.how);
        let rows = match (&*how, row_as_json(sql)) {
            (How::Own(reading), _) => self.read(reading, sql, &params).await?,
            (_, Some(sql)) => unwrapped(self.inner.fetch_json(&sql, &params).await?),
            (How::Theirs, None) => self.inner.fetch_json(sql, &params).await?,
            (How::Nothing, None) => {
                let sql = without_columns(sql);
                self.inner.fetch_json(&sql, &params).await?
            }
        };
        self.returned.set_rows(rows.len());
        Ok(rows)
    }

    async fn fetch_values(
        &mut self,
        sql: &str,
        params: &[SqlParam],
    ) -> Result<Vec<Vec<Value>>, DbError> {
        let (params, how) = (with_nulls(params), Arc::clone(&self.how));
        match &*how {
            How::Own(reading) => self.count(reading, sql, &params).await,
            How::Theirs | How::Nothing => self.inner.fetch_values(sql, &params).await,
        }
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

/// Returns a constant for each row that is written. postrust returns the key of a new row, which needs a policy and a
/// grant to read it; PostgREST does so for `return=headers-only` alone.
fn without_columns(sql: &str) -> Cow<'_, str> {
    let Some(at) = unquoted(sql, RETURNING).last() else {
        return sql.into();
    };
    let (write, returned) = sql.split_at(at);
    let inserted = match returned.ends_with(INSERTED) {
        true => INSERTED,
        false => "",
    };
    format!("{write}{RETURNING}1 AS pgrst_affected{inserted}").into()
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
    fn a_write_that_returns_nothing_reads_no_column() {
        let upsert =
            format!("INSERT INTO t (\" RETURNING \") VALUES ($1) RETURNING \"t\".\"id\"{INSERTED}");
        for (sql, expected) in [
            (
                "INSERT INTO t SELECT 1 RETURNING \"t\".\"id\"",
                "INSERT INTO t SELECT 1 RETURNING 1 AS pgrst_affected".to_owned(),
            ),
            (
                upsert.as_str(),
                format!(
                    "INSERT INTO t (\" RETURNING \") VALUES ($1) RETURNING 1 AS pgrst_affected{INSERTED}"
                ),
            ),
            (
                "INSERT INTO t SELECT 1",
                "INSERT INTO t SELECT 1".to_owned(),
            ),
        ] {
            assert_eq!(without_columns(sql), expected);
        }
    }

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
