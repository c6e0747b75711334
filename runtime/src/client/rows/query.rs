//! [`TypedQuery`]: a query of typed rows that is still being built.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;

use super::access::CanSelect;
use super::column::Column;
use super::embedded::{Embedded, EmbeddedQuery};
use super::filter::FilterOf;
use super::order::OrderOf;
use super::row::{Embed, Row};
use crate::auth::AnyTable;
use crate::client::ClientError;
use crate::client::postgrest::{
    Count, Counted, Delete, Filterable, Pageable, Query, QueryKind, Returning, ReturnsRows,
    Runnable, Select, Sortable, Update, Upsert, Write,
};

/// The future of a [`TypedQuery`] that is sent. It resolves to `T` or the error.
///
/// It is boxed so that its type does not depend on the query: a query that returns no rows causes one
/// compile error, not one for every use of the future.
pub type QueryFuture<T> = Pin<Box<dyn Future<Output = Result<T, ClientError>> + Send>>;

/// A request to the table of the row `R` that is still being built.
///
/// It is a [`Query`] whose columns, filters and rows are checked against `R`; `K` is the kind of query,
/// as in [`Query`], and `A` as in [`TypedTable`](super::TypedTable). [`untyped`](Self::untyped) turns it into that query, with everything it has
/// collected.
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// #[derive(Debug, Deserialize, Row)]
/// struct Todo {
///     id: i64,
///     title: String,
///     done: bool,
/// }
///
/// # async fn example(supabase: UserClient) -> TaskResult<()> {
/// let todos: Vec<Todo> = supabase
///     .table::<Todo>()
///     .filter(Todo::done.eq(false))
///     .order(Todo::id.desc())
///     .rows()
///     .await?;
/// let first: Option<Todo> = supabase.table::<Todo>().filter(Todo::id.eq(1)).maybe_single().await?;
/// let open: u64 = supabase.table::<Todo>().filter(!Todo::done.eq(true)).count().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a query does nothing until its last call is awaited"]
pub struct TypedQuery<R, K: QueryKind = Select, A = AnyTable> {
    query: Query<K>,
    /// `R::SELECT`, for a write's `returning`.
    select: &'static str,
    row: PhantomData<fn() -> (R, A)>,
}

impl<R, K: QueryKind, A> TypedQuery<R, K, A> {
    pub(super) fn new(query: Query<K>, select: &'static str) -> Self {
        Self {
            query,
            select,
            row: PhantomData,
        }
    }

    fn with(self, change: impl FnOnce(Query<K>) -> Query<K>) -> Self {
        Self::new(change(self.query), self.select)
    }

    /// Returns the untyped query, for requests that the typed one cannot express.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { id: i64, done: bool }
    /// # async fn example(supabase: UserClient) -> TaskResult<Vec<Todo>> {
    /// let query = supabase.table::<Todo>().filter(Todo::done.eq(false));
    /// let todos = query.untyped().like("lists.name", "home%").rows::<Todo>().await?;
    /// # Ok(todos)
    /// # }
    /// ```
    pub fn untyped(self) -> Query<K> {
        self.query
    }
}

impl<R, K: Filterable, A> TypedQuery<R, K, A> {
    /// Limits the query to rows for which `filter` holds: a [`RowFilter`](super::RowFilter) of `R`. If
    /// there are several filters, all of them must hold.
    ///
    /// An untyped [`Filter`](super::super::Filter) is accepted too, but not checked.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { id: i64, title: String, done: bool }
    /// # fn example(supabase: UserClient) {
    /// let todos = supabase
    ///     .table::<Todo>()
    ///     .filter(Todo::title.like("%milk%") | Todo::title.like("%bread%"))
    ///     .filter(!Todo::done.eq(true));
    /// # drop(todos);
    /// # }
    /// ```
    pub fn filter(self, filter: impl FilterOf<R>) -> Self {
        self.with(|query| query.and([filter]))
    }
}

impl<R, K: QueryKind, A> TypedQuery<R, K, A> {
    /// Sorts by a column of `R`. Rows with equal values are sorted by the next `order`.
    pub fn order(self, order: impl OrderOf<R>) -> Self
    where
        K: Sortable,
    {
        let (column, order) = order.into_parts();
        self.with(|query| query.order(&column, order))
    }

    /// Limits the number of rows returned. Not available after a write: see [`Query::limit`].
    pub fn limit(self, rows: u64) -> Self
    where
        K: Pageable,
    {
        self.with(|query| query.limit(rows))
    }

    /// Returns the rows from position `from` to position `to`, both included and counted from 0. Not
    /// available after a write: see [`Query::limit`].
    pub fn range(self, from: u64, to: u64) -> Self
    where
        K: Pageable,
    {
        self.with(|query| query.range(from, to))
    }
}

impl<R, A> TypedQuery<R, Select, A> {
    /// Filters, sorts and limits the rows embedded in each row: see [`Embedded`].
    pub fn embedded<T: Embed>(
        self,
        embedded: Embedded<R, T>,
        change: impl FnOnce(EmbeddedQuery<T::Row>) -> EmbeddedQuery<T::Row>,
    ) -> Self {
        let changes = change(EmbeddedQuery::new(embedded.name().to_owned()));
        self.with(|query| changes.apply(query))
    }

    /// Sets how [`count`](Self::count) and [`with_count`](Self::with_count) count. By default, they
    /// count exactly.
    pub fn count_by(self, count: Count) -> Self {
        self.with(|query| query.count(count))
    }

    /// Returns how many rows match, without fetching them.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub async fn count(self) -> Result<u64, ClientError> {
        self.query.head().await
    }
}

impl<R, K: QueryKind, A> TypedQuery<R, K, A> {
    /// Returns all rows.
    ///
    /// A project returns at most 1,000 rows at once unless its settings say otherwise; page through
    /// more with [`range`](Self::range).
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses, or if a row does not decode as `R`.
    pub fn rows(self) -> QueryFuture<Vec<R>>
    where
        R: Row,
        K: TypedRows,
    {
        Box::pin(self.query.rows())
    }

    /// Returns the only row.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows), and if there is no row or there are several. A write that would have
    /// affected several rows is rolled back.
    pub fn single(self) -> QueryFuture<R>
    where
        R: Row,
        K: TypedRows,
    {
        Box::pin(self.query.single())
    }

    /// Returns the only row, or `None` if there is no row.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows), and if there are several rows. A write that would have affected several
    /// rows is rolled back.
    pub fn maybe_single(self) -> QueryFuture<Option<R>>
    where
        R: Row,
        K: TypedRows,
    {
        Box::pin(self.query.maybe_single())
    }

    /// An earlier name of [`rows`](Self::rows).
    #[doc(hidden)]
    pub fn all(self) -> QueryFuture<Vec<R>>
    where
        R: Row,
        K: TypedRows,
    {
        self.rows()
    }

    /// An earlier name of [`single`](Self::single).
    #[doc(hidden)]
    pub fn one(self) -> QueryFuture<R>
    where
        R: Row,
        K: TypedRows,
    {
        self.single()
    }

    /// An earlier name of [`maybe_single`](Self::maybe_single).
    #[doc(hidden)]
    pub fn maybe_one(self) -> QueryFuture<Option<R>>
    where
        R: Row,
        K: TypedRows,
    {
        self.maybe_single()
    }

    /// Returns the rows, and how many match in total, regardless of limit and range.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows).
    pub fn with_count(self) -> QueryFuture<Counted<R>>
    where
        R: Row,
        K: TypedRows,
    {
        Box::pin(self.query.with_count())
    }
}

impl<R, K: Write, A> TypedQuery<R, K, A> {
    /// Runs the write, and returns how many rows were written.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub async fn affected_rows(self) -> Result<u64, ClientError> {
        self.query.affected_rows().await
    }

    /// Returns the rows written, as `R`. Row Level Security must allow the identity to read them, or
    /// the write fails.
    pub fn returning(self) -> TypedQuery<R, Returning, A>
    where
        A: CanSelect<R>,
    {
        TypedQuery::new(self.query.select(self.select), self.select)
    }
}

impl<R, A> TypedQuery<R, Upsert, A> {
    /// Sets the column whose value identifies a row that already exists. Each further call adds a
    /// column; together they need a unique constraint. By default, it is the primary key.
    pub fn on_conflict<T>(self, column: Column<R, T>) -> Self {
        self.with(|query| query.on_conflict_of(column.name()))
    }

    /// Leaves existing rows unchanged.
    pub fn ignore_duplicates(self) -> Self {
        self.with(|query| query.ignore_duplicates())
    }
}

impl<R, A> TypedQuery<R, Update, A> {
    /// Allows the update to change every row. Without this call, an update without a filter is not
    /// sent.
    pub fn all_rows(self) -> Self {
        self.with(|query| query.all_rows())
    }
}

impl<R, A> TypedQuery<R, Delete, A> {
    /// Allows the delete to remove every row. Without this call, a delete without a filter is not
    /// sent.
    pub fn all_rows(self) -> Self {
        self.with(|query| query.all_rows())
    }
}

/// A [`TypedQuery`] whose response is rows.
#[diagnostic::on_unimplemented(
    message = "a write returns no rows unless it is told to: write `.returning()` before this",
    label = "needs `.returning()` before it",
    note = "without rows, await the write itself, or ask for `.affected_rows()`"
)]
pub trait TypedRows: ReturnsRows + 'static {}

#[diagnostic::do_not_recommend]
impl<K: ReturnsRows + 'static> TypedRows for K {}

/// Runs the query and ignores what it returns.
impl<R, K: Runnable, A> IntoFuture for TypedQuery<R, K, A> {
    type Output = Result<(), ClientError>;
    type IntoFuture = QueryFuture<()>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.query)
    }
}

/// Returns all rows: see [`rows`](TypedQuery::rows).
impl<R: Row, A> IntoFuture for TypedQuery<R, Select, A> {
    type Output = Result<Vec<R>, ClientError>;
    type IntoFuture = QueryFuture<Vec<R>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.query.rows())
    }
}

/// Returns the rows written: see [`rows`](TypedQuery::rows).
impl<R: Row, A> IntoFuture for TypedQuery<R, Returning, A> {
    type Output = Result<Vec<R>, ClientError>;
    type IntoFuture = QueryFuture<Vec<R>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.query.rows())
    }
}

/// See [`TypedQuery::untyped`].
impl<R, K: QueryKind, A> From<TypedQuery<R, K, A>> for Query<K> {
    fn from(query: TypedQuery<R, K, A>) -> Self {
        query.query
    }
}

// Values and bodies are the user's data.
impl<R, K: QueryKind, A> fmt::Debug for TypedQuery<R, K, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedQuery").field(&self.query).finish()
    }
}
