//! [`ReferencedTable`]: filters, order and limit of an embedded table.

use std::marker::PhantomData;

use super::collection::CollectionValue;
use super::filter::{Filter, Join};
use super::is::Is;
use super::name::{order_term, table_path};
use super::operators::operators;
use super::parts::Parts;
use super::query::transform::{Order, range_of};
use super::query::{Pageable, QueryKind, Select};
use super::text_search::TextSearch;
use super::value::FilterValue;
use crate::debug::debug_fields;

/// Filters, order and limit of an embedded table, for
/// [`Query::referenced_table`](super::Query::referenced_table).
///
/// `K` is the kind of query. In a write, there is no limit.
#[must_use = "give it back to `referenced_table`"]
pub struct ReferencedTable<K: QueryKind = Select> {
    filters: Vec<Condition>,
    order: String,
    limit: Option<u64>,
    offset: Option<u64>,
    mistake: Option<String>,
    kind: PhantomData<fn() -> K>,
}

enum Condition {
    Filter(Filter),
    Raw(Join, String),
}

macro_rules! operators_of_referenced_table {
    ($(
        $(#[$doc:meta])*
        $name:ident($($argument:ident: $type:ty),+) => $build:ident($($operator:literal)?);
    )+) => {
        /// A column is given by its name or by a path in PostgREST's notation: `meta->>city`.
        impl<K: QueryKind> ReferencedTable<K> {$(
            $(#[$doc])*
            pub fn $name(self, column: &str, $($argument: $type),+) -> Self {
                self.filtered(Filter::$build(column, $($operator,)? $($argument),+))
            }
        )+}
    };
}

operators!(operators_of_referenced_table);

impl<K: QueryKind> ReferencedTable<K> {
    pub(super) fn new() -> Self {
        Self {
            filters: Vec::new(),
            order: String::new(),
            limit: None,
            offset: None,
            mistake: None,
            kind: PhantomData,
        }
    }

    /// Limits the embedded rows to those for which all of `filters` hold. Each is a [`Filter`] or
    /// converts into one.
    pub fn and<F: Into<Filter>>(self, filters: impl IntoIterator<Item = F>) -> Self {
        self.filtered(Filter::all(filters))
    }

    /// Limits the embedded rows to those for which at least one of `filters` holds. Each is a
    /// [`Filter`] or converts into one.
    pub fn or<F: Into<Filter>>(self, filters: impl IntoIterator<Item = F>) -> Self {
        self.filtered(Filter::any(filters))
    }

    /// Like [`and`](Self::and), with the filters in PostgREST's own syntax, sent as they are: see
    /// [`Query::and_raw`](super::Query::and_raw).
    pub fn and_raw(mut self, filters: &str) -> Self {
        self.filters
            .push(Condition::Raw(Join::And, filters.to_owned()));
        self
    }

    /// Like [`or`](Self::or), with the filters in PostgREST's own syntax, sent as they are: see
    /// [`Query::or_raw`](super::Query::or_raw).
    pub fn or_raw(mut self, filters: &str) -> Self {
        self.filters
            .push(Condition::Raw(Join::Or, filters.to_owned()));
        self
    }

    /// Sorts the embedded rows by `column`. Rows with equal values are sorted by the next `order`.
    pub fn order(mut self, column: &str, order: Order) -> Self {
        match order_term(column) {
            Ok(column) => {
                if !self.order.is_empty() {
                    self.order.push(',');
                }
                self.order.push_str(&order.term(&column));
            }
            Err(mistake) => drop(self.mistake.get_or_insert(mistake)),
        }
        self
    }

    /// Limits the number of embedded rows for each row.
    pub fn limit(mut self, rows: u64) -> Self
    where
        K: Pageable,
    {
        self.limit = Some(rows);
        self
    }

    /// Embeds the rows from position `from` to position `to`, both included and counted from 0.
    pub fn range(mut self, from: u64, to: u64) -> Self
    where
        K: Pageable,
    {
        match range_of(from, to) {
            Ok(rows) => {
                self.offset = Some(from);
                self.limit = Some(rows);
            }
            Err(mistake) => drop(self.mistake.get_or_insert(mistake)),
        }
        self
    }

    /// Adds everything to a query, for the embedded `table`.
    pub(super) fn add_to(self, parts: &mut Parts, table: &str) {
        if let Some(mistake) = self.mistake {
            return parts.fail(mistake);
        }
        let table = match table_path(table) {
            Ok(table) => table,
            Err(mistake) => return parts.fail(mistake),
        };
        for filter in self.filters {
            match filter {
                Condition::Filter(filter) => filter.add_to(parts, &table),
                Condition::Raw(join, text) => {
                    parts.add_raw_filter(&format!("{table}."), join.as_str(), &text)
                }
            }
        }
        if !self.order.is_empty() {
            parts.extend(format!("{table}.order"), &self.order);
        }
        if let Some(offset) = self.offset {
            parts.set(format!("{table}.offset"), offset.to_string());
        }
        if let Some(limit) = self.limit {
            parts.set(format!("{table}.limit"), limit.to_string());
        }
    }

    fn filtered(mut self, filter: Filter) -> Self {
        self.filters.push(Condition::Filter(filter));
        self
    }
}

// Values are the user's data.
debug_fields!([K: QueryKind] ReferencedTable<K>: |this| {
    filters: this.filters.len(),
    order: this.order,
    limit: this.limit,
    offset: this.offset,
});
