//! [`Embedded`]: the related rows in a row, and how they are filtered and sorted.

use std::fmt;
use std::marker::PhantomData;

use super::column::Column;
use super::filter::{FilterOf, RowFilter};
use super::order::{OrderOf, RowOrder};
use super::row::Embed;
use crate::client::postgrest::{Filter, Filterable, Operand, Order, Query};

/// The rows of a related table inside of the row `R`, in a field of type `T`: `Item`,
/// `Option<Item>` or `Vec<Item>`.
///
/// `#[derive(Row)]` makes one constant for each field with `#[row(embed)]`, of the field's name and
/// visibility.
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
///     .all()
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
    /// The related rows by the name they have in the row: the alias, or else the related table.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            types: PhantomData,
        }
    }

    /// The name as PostgREST writes it, for the untyped builder: `items` in `items.sku`.
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// There is no related row. Filters on the related rows count.
    pub fn is_null(self) -> RowFilter<R> {
        let null = Operand::Verbatim("null".into());
        RowFilter::new(Filter::new(self.name, "is", null))
    }

    /// There is a related row. Filters on the related rows count.
    pub fn is_not_null(self) -> RowFilter<R> {
        !self.is_null()
    }
}

/// Rows sorted by a column of the one row that they refer to.
impl<R, T: Embed> Embedded<R, T> {
    /// Smallest first. Only for a row that is referred to, not for several: the server refuses
    /// those.
    pub fn asc_by<V>(self, column: Column<T::Row, V>) -> RowOrder<R> {
        self.by(column, Order::asc())
    }

    /// Largest first. Only for a row that is referred to, not for several: the server refuses
    /// those.
    pub fn desc_by<V>(self, column: Column<T::Row, V>) -> RowOrder<R> {
        self.by(column, Order::desc())
    }

    fn by<V>(self, column: Column<T::Row, V>, order: Order) -> RowOrder<R> {
        RowOrder::new(format!("{}({})", self.name, column.name()), order)
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
/// What is said here decides which related rows come with each row, and in which order; the rows
/// themselves stay, unless the embed is an `!inner` one.
#[must_use = "return it from the closure"]
pub struct EmbeddedQuery<E> {
    /// The changes so far, with the path to the rows: `items`, `items.product`.
    path: String,
    changes: Vec<Change>,
    row: PhantomData<fn() -> E>,
}

enum Change {
    Filter(String, Filter),
    Order(String, String, Order),
    Limit(String, u64),
    Range(String, u64, u64),
}

impl<E> EmbeddedQuery<E> {
    pub(super) fn new(path: String) -> Self {
        Self {
            path,
            changes: Vec::new(),
            row: PhantomData,
        }
    }

    pub(super) fn apply<K: Filterable>(self, query: Query<K>) -> Query<K> {
        self.changes
            .into_iter()
            .fold(query, |query, change| match change {
                Change::Filter(path, filter) => {
                    query.referenced_table(&path, |rows| rows.and([filter]))
                }
                Change::Order(path, column, order) => {
                    query.referenced_table(&path, |rows| rows.order(&column, order))
                }
                Change::Limit(path, rows) => {
                    query.referenced_table(&path, |table| table.limit(rows))
                }
                Change::Range(path, from, to) => {
                    query.referenced_table(&path, |rows| rows.range(from, to))
                }
            })
    }

    /// Only these of the embedded rows. Several filters must all hold.
    pub fn filter(mut self, filter: impl FilterOf<E>) -> Self {
        self.changes
            .push(Change::Filter(self.path.clone(), filter.into()));
        self
    }

    /// Sorts the embedded rows; where that is equal, by the next `order`.
    pub fn order(mut self, order: impl OrderOf<E>) -> Self {
        let (column, order) = order.into_parts();
        self.changes
            .push(Change::Order(self.path.clone(), column, order));
        self
    }

    /// At most so many embedded rows in each row.
    pub fn limit(mut self, rows: u64) -> Self {
        self.changes.push(Change::Limit(self.path.clone(), rows));
        self
    }

    /// The embedded rows from position `from` to position `to`, both included and counted from 0.
    pub fn range(mut self, from: u64, to: u64) -> Self {
        self.changes
            .push(Change::Range(self.path.clone(), from, to));
        self
    }

    /// The rows embedded in the embedded rows.
    pub fn embedded<T: Embed>(
        mut self,
        embedded: Embedded<E, T>,
        change: impl FnOnce(EmbeddedQuery<T::Row>) -> EmbeddedQuery<T::Row>,
    ) -> Self {
        let path = format!("{}.{}", self.path, embedded.name);
        self.changes
            .extend(change(EmbeddedQuery::new(path)).changes);
        self
    }
}

// Values are the user's data.
impl<E> fmt::Debug for EmbeddedQuery<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedQuery")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
