//! [`RowFilter`]: a condition on the rows of one table.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use crate::client::postgrest::Filter;

/// A condition on rows `R`, made from its typed columns.
///
/// Join conditions with `&` (both hold), `|` (at least one holds) and `!` (it does not hold), or a
/// list of them with [`all`](Self::all) and [`any`](Self::any). `!` binds tighter than `&`, and `&`
/// tighter than `|`, as in SQL.
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// # #[derive(Deserialize, Row)]
/// # struct Todo { id: i64, title: String, done: bool, note: Option<String> }
/// # fn example(supabase: UserClient) {
/// let open = !Todo::done.eq(true);
/// let urgent = Todo::title.ilike("%urgent%") | Todo::note.is_not_null();
/// let todos = supabase.table::<Todo>().filter(open & urgent);
/// # drop(todos);
/// # }
/// ```
///
/// It becomes an untyped [`Filter`], so it works in the untyped builder too: in
/// [`Query::or`](super::super::Query::or), for example.
#[must_use = "a filter does nothing until a query takes it"]
pub struct RowFilter<R> {
    filters: Filters,
    row: PhantomData<fn() -> R>,
}

#[derive(Clone)]
enum Filters {
    One(Filter),
    All(Vec<Filter>),
    Any(Vec<Filter>),
}

impl<R> RowFilter<R> {
    /// Treats an untyped filter as a filter of `R`, for conditions that typed columns cannot express.
    pub fn new(filter: Filter) -> Self {
        Self::of(Filters::One(filter))
    }

    /// Returns a filter that holds where all of `filters` hold.
    ///
    /// An empty list is an error when the query is sent, because PostgREST cannot express it.
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::of(Filters::All(
            filters.into_iter().map(Filter::from).collect(),
        ))
    }

    /// Returns a filter that holds where at least one of `filters` holds.
    ///
    /// An empty list is an error when the query is sent, because PostgREST cannot express it.
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Self::of(Filters::Any(
            filters.into_iter().map(Filter::from).collect(),
        ))
    }

    fn of(filters: Filters) -> Self {
        Self {
            filters,
            row: PhantomData,
        }
    }
}

/// The filter holds where both hold.
impl<R> BitAnd for RowFilter<R> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        let mut filters = match self.filters {
            Filters::All(filters) => filters,
            filters => vec![filters.into()],
        };
        filters.push(other.into());
        Self::of(Filters::All(filters))
    }
}

/// The filter holds where at least one holds.
impl<R> BitOr for RowFilter<R> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        let mut filters = match self.filters {
            Filters::Any(filters) => filters,
            filters => vec![filters.into()],
        };
        filters.push(other.into());
        Self::of(Filters::Any(filters))
    }
}

/// The filter holds where this one does not. Neither holds where a compared column is NULL.
impl<R> Not for RowFilter<R> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(!Filter::from(self))
    }
}

impl From<Filters> for Filter {
    fn from(filters: Filters) -> Self {
        match filters {
            Filters::One(filter) => filter,
            Filters::All(filters) => Self::all(filters),
            Filters::Any(filters) => Self::any(filters),
        }
    }
}

impl<R> From<RowFilter<R>> for Filter {
    fn from(filter: RowFilter<R>) -> Self {
        filter.filters.into()
    }
}

impl<R> Clone for RowFilter<R> {
    fn clone(&self) -> Self {
        Self::of(self.filters.clone())
    }
}

// Like `Filter`, without the values: they are the user's data.
impl<R> fmt::Debug for RowFilter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RowFilter")
            .field(&Filter::from(self.clone()))
            .finish()
    }
}

/// A filter for [`TypedQuery::filter`](super::TypedQuery::filter) of rows `R`: a [`RowFilter`] of `R`,
/// or an untyped [`Filter`], which is not checked.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no filter of `{R}`: compare a column of `{R}`, as in `{R}::id.eq(1)`",
    label = "not a filter of `{R}`",
    note = "only rows of the same type can be filtered; where two structs read one table, `Filter::from(…)` makes a filter of one fit the other"
)]
pub trait FilterOf<R>: Into<Filter> {}

impl<R> FilterOf<R> for RowFilter<R> {}
impl<R> FilterOf<R> for Filter {}
