//! [`RowOrder`]: the order in which rows of one table are sorted.

use std::fmt;
use std::marker::PhantomData;

use crate::client::postgrest::Order;

/// A column of `R` and a direction: [`Column::asc`](super::Column::asc) or
/// [`Column::desc`](super::Column::desc).
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// # #[derive(Deserialize, Row)]
/// # struct Todo { id: i64, due: Option<String> }
/// # fn example(supabase: UserClient) {
/// let by_date = supabase
///     .table::<Todo>()
///     .order(Todo::due.asc().nulls_first())
///     .order(Todo::id.desc());
/// # drop(by_date);
/// # }
/// ```
#[must_use = "an order does nothing until a query takes it"]
pub struct RowOrder<R> {
    column: String,
    order: Order,
    row: PhantomData<fn() -> R>,
}

impl<R> RowOrder<R> {
    pub(super) fn new(column: impl Into<String>, order: Order) -> Self {
        Self {
            column: column.into(),
            order,
            row: PhantomData,
        }
    }

    /// NULL comes first.
    pub fn nulls_first(mut self) -> Self {
        self.order = self.order.nulls_first();
        self
    }

    /// NULL comes last.
    pub fn nulls_last(mut self) -> Self {
        self.order = self.order.nulls_last();
        self
    }
}

impl<R> Clone for RowOrder<R> {
    fn clone(&self) -> Self {
        Self::new(self.column.clone(), self.order)
    }
}

impl<R> fmt::Debug for RowOrder<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowOrder")
            .field("column", &self.column)
            .field("order", &self.order)
            .finish()
    }
}

/// An order for [`TypedQuery::order`](super::TypedQuery::order) of rows `R`: a [`RowOrder`] of `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no order of `{R}`: take a column of `{R}` and its direction, as in `{R}::id.desc()`",
    label = "not an order of `{R}`",
    note = "every column has `.asc()` and `.desc()`; the rows of an embedded table are sorted within `.embedded(…)`"
)]
pub trait OrderOf<R> {
    /// Returns the column in PostgREST's notation, and the direction.
    #[doc(hidden)]
    fn into_parts(self) -> (String, Order);
}

impl<R> OrderOf<R> for RowOrder<R> {
    fn into_parts(self) -> (String, Order) {
        (self.column, self.order)
    }
}
