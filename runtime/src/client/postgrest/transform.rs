//! Which columns come back, how many rows, and in which order.

use std::borrow::Cow;

use super::parts::Parts;
use super::query::{Pageable, Query, Returning, ReturnsRows, Rpc, Upsert, Write};

/// How to count the rows that a query matches, whatever its limit.
///
/// <https://docs.postgrest.org/en/stable/references/api/pagination_count.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Count {
    /// Counts them: right, and slow on a large table.
    Exact,
    /// What PostgreSQL's planner expects: fast, and as good as the table's statistics.
    Planned,
    /// Counts small results, and takes the planner's number for large ones.
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
}

impl<K: Pageable> Query<K> {
    /// Sorts by `column`; where that is equal, by the column of the next `order`.
    pub fn order(self, column: &str, order: Order) -> Self {
        self.with(|parts| sort_by(parts, "order", column, order))
    }

    /// At most so many rows.
    pub fn limit(self, rows: u64) -> Self {
        self.with(|parts| parts.set("limit", rows.to_string()))
    }

    /// The rows from position `from` to position `to`, both included and counted from 0.
    pub fn range(self, from: u64, to: u64) -> Self {
        self.with(|parts| {
            let Some(rows) = to.checked_sub(from).and_then(|rows| rows.checked_add(1)) else {
                return parts.fail(format!("`range` ends at {to}, before it starts at {from}"));
            };
            parts.set("offset", from.to_string());
            parts.set("limit", rows.to_string());
        })
    }
}

impl<K: ReturnsRows> Query<K> {
    /// How [`with_count`](Self::with_count) or [`head`](Query::head) counts.
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
}

impl<K: Write> Query<K> {
    /// Returns these columns of the rows written. Row Level Security must let the identity read
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
    /// The columns, separated by commas, whose values tell that a row is there already. They need
    /// a unique constraint; the primary key by default.
    pub fn on_conflict(self, columns: &str) -> Self {
        self.with(|parts| parts.set("on_conflict", columns.to_owned()))
    }

    /// One more column of [`on_conflict`](Self::on_conflict).
    pub(in crate::client) fn on_conflict_of(self, column: &str) -> Self {
        self.with(|parts| parts.extend("on_conflict", column))
    }

    /// Leaves rows that are there already as they are.
    pub fn ignore_duplicates(self) -> Self {
        self.with(|parts| parts.prefer("resolution=", "resolution=ignore-duplicates"))
    }
}

/// Adds `column` to the parameter `key`: `order`, or `items.order` for an embedded table.
pub(super) fn sort_by(
    parts: &mut Parts,
    key: impl Into<Cow<'static, str>>,
    column: &str,
    order: Order,
) {
    let Some(column) = one_column(column) else {
        return parts.fail("`order` takes one column; call it once for each");
    };
    let direction = if order.descending { "desc" } else { "asc" };
    parts.extend(key, &format!("{column}.{direction}{}", order.nulls));
}

/// `column`, unless it is empty or would be read as several.
fn one_column(column: &str) -> Option<&str> {
    let mut quoted = false;
    let mut depth = 0_usize;
    for c in column.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.checked_sub(1)?,
            ',' if !quoted && depth == 0 => return None,
            _ => {}
        }
    }
    Some(column).filter(|column| !column.trim().is_empty())
}
