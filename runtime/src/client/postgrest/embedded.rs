//! The rows of an embedded table, for typed rows: which of them, and in which order.

use super::condition::Filter;
use super::query::{Filterable, Query};
use super::transform::{Order, sort_by};

impl<K: Filterable> Query<K> {
    pub(in crate::client) fn filter_embedded(self, table: &str, filter: Filter) -> Self {
        self.with(|parts| filter.add_to(parts, table))
    }

    pub(in crate::client) fn order_embedded(self, table: &str, column: &str, order: Order) -> Self {
        self.with(|parts| sort_by(parts, format!("{table}.order"), column, order))
    }

    pub(in crate::client) fn limit_embedded(self, table: &str, rows: u64) -> Self {
        self.with(|parts| parts.set(format!("{table}.limit"), rows.to_string()))
    }

    pub(in crate::client) fn range_embedded(self, table: &str, from: u64, to: u64) -> Self {
        self.with(|parts| {
            let Some(rows) = to.checked_sub(from).and_then(|rows| rows.checked_add(1)) else {
                return parts.fail(format!("`range` ends at {to}, before it starts at {from}"));
            };
            parts.set(format!("{table}.offset"), from.to_string());
            parts.set(format!("{table}.limit"), rows.to_string());
        })
    }
}
