//! Which columns are returned, how many rows, and in which order.

use super::super::name::{name_list, order_term};
use super::{
    LimitsWrites, Pageable, Query, QueryKind, Returning, ReturnsRows, Rpc, Sortable, Upsert, Write,
    WritesRows,
};

/// How to count the rows that a query matches, whatever its limit.
///
/// <https://docs.postgrest.org/en/stable/references/api/pagination_count.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// Counts the rows: exact, but slow on a large table.
    Exact,
    /// Takes the estimate of PostgreSQL's planner: fast, and as good as the table's statistics.
    Planned,
    /// Counts small results, and takes the planner's estimate for large ones.
    Estimated,
}

/// The direction of [`Query::order`].
///
/// ```
/// use supabase_task::client::Order;
///
/// let newest_first = Order::desc().nulls_last();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    descending: bool,
    nulls: &'static str,
}

impl Order {
    /// Smallest first. NULL comes last, as in PostgreSQL.
    pub const fn asc() -> Self {
        Self {
            descending: false,
            nulls: "",
        }
    }

    /// Largest first. NULL comes first, as in PostgreSQL.
    pub const fn desc() -> Self {
        Self {
            descending: true,
            nulls: "",
        }
    }

    /// NULL comes first.
    #[must_use]
    pub const fn nulls_first(mut self) -> Self {
        self.nulls = ".nullsfirst";
        self
    }

    /// NULL comes last.
    #[must_use]
    pub const fn nulls_last(mut self) -> Self {
        self.nulls = ".nullslast";
        self
    }

    /// `column.desc.nullslast`
    pub(in crate::client::postgrest) fn term(self, column: &str) -> String {
        let direction = if self.descending { "desc" } else { "asc" };
        format!("{column}.{direction}{}", self.nulls)
    }
}

impl<K: QueryKind> Query<K> {
    /// Sorts by `column`. Rows with equal values are sorted by the next `order`.
    ///
    /// `customers(name)` sorts by a column of a to-one embedded table. Put a name that contains `.`,
    /// `,`, `->` or parentheses in double quotes, with [`identifier`](crate::client::identifier).
    pub fn order(self, column: &str, order: Order) -> Self
    where
        K: Sortable,
    {
        self.with(|parts| match order_term(column) {
            Ok(column) => parts.extend("order", &order.term(&column)),
            Err(mistake) => parts.fail(mistake),
        })
    }

    /// Limits the number of rows returned.
    ///
    /// Not available after a write, which PostgREST applies to all rows that match the filters, whatever
    /// the limit: [`max_affected`](Self::max_affected) refuses a write to more rows than intended.
    pub fn limit(self, rows: u64) -> Self
    where
        K: Pageable,
    {
        self.with(|parts| parts.set("limit", rows.to_string()))
    }

    /// Returns the rows from position `from` to position `to`, both included and counted from 0. Not
    /// available after a write: see [`limit`](Self::limit).
    pub fn range(self, from: u64, to: u64) -> Self
    where
        K: Pageable,
    {
        self.with(|parts| match range_of(from, to) {
            Ok(rows) => {
                parts.set("offset", from.to_string());
                parts.set("limit", rows.to_string());
            }
            Err(mistake) => parts.fail(mistake),
        })
    }

    /// Sets whether the request is retried when the network fails or the server is briefly unavailable
    /// (503, 520). By default the client's setting applies. Writes are never retried.
    ///
    /// There are at most three retries, after 1, 2 and 4 seconds, or after the time that the server asks
    /// for. Each wait can be up to a quarter longer.
    pub fn retry(self, retry: bool) -> Self {
        self.with(|parts| parts.retry = Some(retry))
    }

    /// Sets how [`with_count`](Query::with_count), [`head`](Query::head) or
    /// [`affected_rows`](Query::affected_rows) counts.
    pub fn count(self, count: Count) -> Self {
        self.with(|parts| {
            let token = match count {
                Count::Exact => "count=exact",
                Count::Planned => "count=planned",
                Count::Estimated => "count=estimated",
            };
            parts.prefer("count=", token);
        })
    }

    /// Rolls the transaction back at its end, so that nothing is written. The response is the same as if
    /// it were. For dry runs and tests.
    ///
    /// The server must allow it (`db-tx-end`); otherwise the write takes effect.
    ///
    /// <https://docs.postgrest.org/en/stable/references/transactions.html#overriding>
    pub fn rollback(self) -> Self {
        self.with(|parts| parts.prefer("tx=", "tx=rollback"))
    }

    /// Sends an additional header with the request. The value of `Prefer`, such as
    /// `timezone=Europe/Oslo`, is added to the query's own preferences.
    ///
    /// You cannot set headers that determine the identity (`apikey`, `Authorization`), the schema or
    /// the length of the body: they are an error when the query is sent.
    pub fn set_header(self, name: &str, value: &str) -> Self {
        self.with(|parts| parts.set_header(name, value))
    }
}

impl<K: ReturnsRows> Query<K> {
    /// Omits columns that are NULL from each row. A field that can be missing must be an `Option`.
    pub fn strip_nulls(self) -> Self {
        self.with(|parts| parts.media.without_nulls = true)
    }
}

impl<K: LimitsWrites> Query<K> {
    /// Refuses an update or delete of more than `rows` rows, or a function call that returns more:
    /// nothing is written then (`PGRST124`). The function must return a set of rows (`PGRST128`).
    ///
    /// Needs PostgREST 13.
    /// <https://docs.postgrest.org/en/stable/references/api/preferences.html#max-affected>
    pub fn max_affected(self, rows: u64) -> Self {
        self.with(|parts| {
            if parts.adds_rows() {
                return parts.fail("`max_affected` limits updates and deletes, not inserts");
            }
            parts.prefer("handling=", "handling=strict");
            parts.prefer("max-affected=", format!("max-affected={rows}"));
        })
    }
}

impl<K: WritesRows> Query<K> {
    /// Sets what a row gets in a column that it lacks but other rows of the same write have: NULL with
    /// `true`, which is the default, or the column's own default with `false`.
    pub fn default_to_null(self, null: bool) -> Self {
        self.with(|parts| {
            let token = if null {
                "missing=null"
            } else {
                "missing=default"
            };
            parts.prefer("missing=", token);
        })
    }
}

impl<K: Write> Query<K> {
    /// Returns these columns of the rows written. Row Level Security must allow the identity to read
    /// them, or the write fails.
    pub fn select(mut self, columns: &str) -> Query<Returning> {
        self.parts.set_select(columns);
        self.parts.prefer("return=", "return=representation");
        Query::new(self.parts)
    }
}

impl Query<Rpc> {
    /// Returns these columns of the rows that the function returns.
    pub fn select(self, columns: &str) -> Self {
        self.with(|parts| {
            parts.set_select(columns);
            parts.prefer("return=", "return=representation");
        })
    }
}

impl Query<Upsert> {
    /// Sets the columns, separated by commas, whose values identify a row that already exists. They
    /// need a unique constraint. By default, they are the primary key. Put a name that contains a
    /// comma in double quotes, with [`identifier`](crate::client::identifier).
    pub fn on_conflict(self, columns: &str) -> Self {
        self.with(|parts| match name_list(columns) {
            Ok(columns) => parts.set("on_conflict", columns),
            Err(mistake) => parts.fail(mistake),
        })
    }

    /// Adds a column to [`on_conflict`](Self::on_conflict), in PostgREST's notation.
    pub(in crate::client) fn on_conflict_of(self, column: &str) -> Self {
        self.with(|parts| parts.extend("on_conflict", column))
    }

    /// Leaves existing rows unchanged.
    pub fn ignore_duplicates(self) -> Self {
        self.with(|parts| parts.prefer("resolution=", "resolution=ignore-duplicates"))
    }
}

/// Returns the number of rows between two positions, both included.
pub(in crate::client::postgrest) fn range_of(from: u64, to: u64) -> Result<u64, String> {
    to.checked_sub(from)
        .and_then(|rows| rows.checked_add(1))
        .ok_or_else(|| format!("`range` ends at {to}, before it starts at {from}"))
}
