//! The statement that is sent in place of postrust's, and its result.

use postrust_core::api_request::PreferCount;
use postrust_sql::{SqlParam, escape_ident};

use super::body::{BodyOf, SOURCE};
use crate::local::sql_text::{split_with, unquoted};

/// What postrust adds to the rows of an upsert, to know which of them are new.
pub(in crate::local) const INSERTED: &str = ", (xmax = 0) AS \"pgrst_inserted\"";

/// How the rows of a request are read.
pub(in crate::local) struct Reading {
    pub(super) source: Source,
    pub(super) select: String,
    pub(super) count: String,
    pub(super) body: BodyOf,
    pub(super) counts: Option<PreferCount>,
    pub(super) max_rows: Option<i64>,
}

/// Where the rows come from.
pub(super) enum Source {
    /// The `SELECT` has them.
    Table,
    /// A write, which returns these columns.
    Write { returning: Vec<String>, row: String },
    /// A function, called like this.
    Call(String),
}

impl Reading {
    /// The statement for `sql`, which is postrust's. Its one row has the columns `body`, `rows`, `total` and
    /// `inserted`. `None` if `sql` is not what it is expected to be.
    pub(in crate::local) fn statement(&self, sql: &str) -> Option<String> {
        let (parts, rows) = match &self.source {
            Source::Table => (
                format!("{SOURCE} AS ({})", self.select),
                format!("SELECT * FROM {SOURCE}"),
            ),
            _ => (self.source.parts(sql)?, self.select.clone()),
        };
        let (count_part, total) = match self.counts {
            Some(PreferCount::Exact | PreferCount::Estimated) if self.source.is_read() => (
                format!(", pgrst_source_count AS ({})", self.limited_count()),
                "(SELECT count(*) FROM pgrst_source_count)",
            ),
            _ => (String::new(), "null::bigint"),
        };
        let inserted = match self.source.reports_inserted(sql) {
            true => "(SELECT bool_or(pgrst_inserted) FROM pgrst_written)",
            false => "null::boolean",
        };
        let body = self.body.sql();
        Some(format!(
            "WITH {parts}{count_part} SELECT {body} AS body, count(_postgrest_t) AS rows, \
             {total} AS total, {inserted} AS inserted FROM ({rows}) _postgrest_t"
        ))
    }

    /// The parameters of postrust's statement that are in this one: a write's.
    pub(in crate::local) fn params<'a>(&self, params: &'a [SqlParam]) -> &'a [SqlParam] {
        match self.source {
            Source::Write { .. } => params,
            Source::Table | Source::Call(_) => &[],
        }
    }

    /// An estimate counts no further than it must, to know that there are more rows than the limit.
    fn limited_count(&self) -> String {
        match (&self.counts, self.max_rows) {
            (Some(PreferCount::Estimated), Some(max)) => {
                format!("{} LIMIT {}", self.count, max.saturating_add(1))
            }
            _ => self.count.clone(),
        }
    }

    /// The statement whose plan says how many rows there are about.
    pub(in crate::local) fn count_statement(&self, sql: &str) -> Option<String> {
        match &self.source {
            Source::Table => Some(self.count.clone()),
            source => Some(format!("WITH {} {}", source.parts(sql)?, self.count)),
        }
    }
}

impl Source {
    fn is_read(&self) -> bool {
        !matches!(self, Self::Write { .. })
    }

    fn reports_inserted(&self, sql: &str) -> bool {
        matches!(self, Self::Write { .. }) && split_with(sql).0.contains(INSERTED)
    }

    /// The part of the statement that has the rows, made of postrust's `sql`.
    fn parts(&self, sql: &str) -> Option<String> {
        match self {
            Self::Table => None,
            Self::Write { returning, row } => {
                let (with, _) = split_with(sql);
                let write = with.split_once(" AS (")?.1.strip_suffix(')')?;
                let columns = |row: &str| {
                    let column = |name: &String| format!("{row}{}", escape_ident(name));
                    let columns: Vec<_> = returning.iter().map(column).collect();
                    columns.join(", ")
                };
                let all = columns(&format!("{row}."));
                // A PATCH that sets nothing returns no row of the table.
                if let Some(none) = write.strip_prefix("SELECT * FROM ") {
                    return Some(format!("{SOURCE} AS (SELECT {all} FROM {none})"));
                }
                let (write, returned) = write.split_at(unquoted(write, " RETURNING ").last()?);
                Some(match returned.ends_with(INSERTED) {
                    true => format!(
                        "pgrst_written AS ({write} RETURNING {all}{INSERTED}), \
                         {SOURCE} AS (SELECT {} FROM pgrst_written)",
                        columns("")
                    ),
                    false => format!("{SOURCE} AS ({write} RETURNING {all})"),
                })
            }
            Self::Call(call) => Some(format!("{SOURCE} AS ({call})")),
        }
    }
}
