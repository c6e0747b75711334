//! [`Embedded`]: the related rows in a row, and how they are filtered and sorted.

use std::fmt;
use std::marker::PhantomData;

use super::column::Column;
use super::filter::{FilterOf, RowFilter};
use super::order::{OrderOf, RowOrder};
use super::row::{Embed, ToOne};
use crate::client::postgrest::{Filter, Is, Order, Query, Select};
use crate::debug::debug_fields;

/// The rows of a related table inside the row `R`, in a field of type `T`: `Item`, `Option<Item>` or
/// `Vec<Item>`.
///
/// `#[derive(Row)]` generates one constant for each field with `#[row(embed)]`, with the field's name
/// and visibility.
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// #[derive(Deserialize, Row)]
/// struct Order {
///     id: i64,
///     #[row(embed = "customers")]
///     customer: Customer,
///     #[row(embed)]
///     items: Vec<Item>,
/// }
///
/// #[derive(Deserialize, Row)]
/// struct Customer {
///     name: String,
/// }
///
/// #[derive(Deserialize, Row)]
/// struct Item {
///     sku: String,
///     amount: i32,
/// }
///
/// # async fn example(supabase: UserClient) -> TaskResult<Vec<Order>> {
/// let orders = supabase
///     .table::<Order>()
///     .filter(Order::items.is_not_null())
///     .order(Order::customer.asc_by(Customer::name))
///     .embedded(Order::items, |items| {
///         items.filter(Item::amount.gt(1)).order(Item::sku.asc()).limit(5)
///     })
///     .rows()
///     .await?;
/// # Ok(orders)
/// # }
/// ```
#[must_use = "it is no filter and no order yet: pass it to `.embedded(…)`"]
pub struct Embedded<R, T> {
    name: &'static str,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R, T> Embedded<R, T> {
    /// Creates the related rows from their name in the row: the alias, or otherwise the related table.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            types: PhantomData,
        }
    }

    /// Returns the name in PostgREST's notation, for the untyped builder: `items` in `items.sku`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Holds where there is no related row. Filters on the related rows are taken into account.
    pub fn is_null(self) -> RowFilter<R> {
        RowFilter::new(Filter::is(self.name, Is::Null))
    }

    /// Holds where there is a related row. Filters on the related rows are taken into account.
    pub fn is_not_null(self) -> RowFilter<R> {
        RowFilter::new(Filter::is(self.name, Is::NotNull))
    }
}

/// Sorting of rows by a column of the one row that they refer to.
impl<R, T> Embedded<R, T> {
    /// Sorts by `column` of the related row, smallest first.
    pub fn asc_by<V>(self, column: Column<T::Row, V>) -> RowOrder<R>
    where
        T: ToOne,
    {
        RowOrder::new(format!("{}({})", self.name, column.name()), Order::asc())
    }

    /// Sorts by `column` of the related row, largest first.
    pub fn desc_by<V>(self, column: Column<T::Row, V>) -> RowOrder<R>
    where
        T: ToOne,
    {
        RowOrder::new(format!("{}({})", self.name, column.name()), Order::desc())
    }
}

impl<R, T> Clone for Embedded<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T> Copy for Embedded<R, T> {}

impl<R, T> fmt::Debug for Embedded<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Embedded").field(&self.name).finish()
    }
}

/// The embedded rows `E` of a query, in [`TypedQuery::embedded`](super::TypedQuery::embedded).
///
/// It decides which related rows come with each row, and in which order. The rows themselves are not
/// filtered, unless the embed is an `!inner` one.
#[must_use = "return it from the closure"]
pub struct EmbeddedQuery<E> {
    /// The path to the rows: `items`, `items.product`.
    path: String,
    filters: Vec<Filter>,
    orders: Vec<(String, Order)>,
    page: Page,
    /// The queries of the rows embedded in these, each with its path.
    inner: Vec<EmbeddedQuery<()>>,
    row: PhantomData<fn() -> E>,
}

enum Page {
    All,
    Limit(u64),
    Range(u64, u64),
}

impl<E> EmbeddedQuery<E> {
    pub(super) fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            filters: Vec::new(),
            orders: Vec::new(),
            page: Page::All,
            inner: Vec::new(),
            row: PhantomData,
        }
    }

    /// Adds everything to a query.
    pub(super) fn apply(self, query: Query<Select>) -> Query<Select> {
        let query = query.referenced_table(&self.path, |mut table| {
            for filter in self.filters {
                table = table.and([filter]);
            }
            for (column, order) in self.orders {
                table = table.order(&column, order);
            }
            match self.page {
                Page::All => table,
                Page::Limit(rows) => table.limit(rows),
                Page::Range(from, to) => table.range(from, to),
            }
        });
        self.inner
            .into_iter()
            .fold(query, |query, inner| inner.apply(query))
    }

    /// Limits the embedded rows to those for which `filter` holds. If there are several filters, all of
    /// them must hold.
    pub fn filter(mut self, filter: impl FilterOf<E>) -> Self {
        self.filters.push(filter.into());
        self
    }

    /// Sorts the embedded rows. Rows with equal values are sorted by the next `order`.
    pub fn order(mut self, order: impl OrderOf<E>) -> Self {
        self.orders.push(order.into_parts());
        self
    }

    /// Limits the number of embedded rows in each row.
    pub fn limit(mut self, rows: u64) -> Self {
        self.page = Page::Limit(rows);
        self
    }

    /// Embeds the rows from position `from` to position `to`, both included and counted from 0.
    pub fn range(mut self, from: u64, to: u64) -> Self {
        self.page = Page::Range(from, to);
        self
    }

    /// Filters, sorts and limits the rows embedded in the embedded rows.
    pub fn embedded<T: Embed>(
        mut self,
        embedded: Embedded<E, T>,
        change: impl FnOnce(EmbeddedQuery<T::Row>) -> EmbeddedQuery<T::Row>,
    ) -> Self {
        let path = format!("{}.{}", self.path, embedded.name);
        self.inner
            .push(change(EmbeddedQuery::new(path)).of_any_row());
        self
    }

    fn of_any_row(self) -> EmbeddedQuery<()> {
        EmbeddedQuery {
            path: self.path,
            filters: self.filters,
            orders: self.orders,
            page: self.page,
            inner: self.inner,
            row: PhantomData,
        }
    }
}

// Values are the user's data.
debug_fields!([E] EmbeddedQuery<E>: |this| { path: this.path });
