//! [`TypedQuery`]: a query of typed rows that is still being written.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;

use super::column::Column;
use super::embedded::{Embedded, EmbeddedQuery};
use super::filter::FilterOf;
use super::order::OrderOf;
use super::row::{Embed, Row};
use crate::client::ClientError;
use crate::client::postgrest::{
    Count, Counted, Delete, Filterable, Pageable, Query, QueryKind, Returning, ReturnsRows,
    Runnable, Select, Update, Upsert, Write,
};

/// A request to the table of the row `R` that is still being written.
///
/// It is a [`Query`] whose columns, filters and rows are checked by `R`; `K` is what it does, as
/// there. [`untyped`](Self::untyped) turns it into that query, with all it has collected.
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
///     .all()
///     .await?;
/// let first: Option<Todo> = supabase.table::<Todo>().filter(Todo::id.eq(1)).maybe_one().await?;
/// let open: u64 = supabase.table::<Todo>().filter(!Todo::done.eq(true)).count().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a query does nothing until its last call is awaited"]
pub struct TypedQuery<R, K: QueryKind = Select> {
    query: Query<K>,
    row: PhantomData<fn() -> R>,
}

impl<R, K: QueryKind> TypedQuery<R, K> {
    pub(super) fn new(query: Query<K>) -> Self {
        Self {
            query,
            row: PhantomData,
        }
    }

    /// The untyped query, for what types cannot say.
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

impl<R, K: Filterable> TypedQuery<R, K> {
    /// Only the rows for which `filter` holds: a [`RowFilter`](super::RowFilter) of `R`. Several
    /// filters must all hold.
    ///
    /// An untyped [`Filter`](super::super::Filter) is taken too, unchecked.
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
        Self::new(self.query.and([filter]))
    }
}

impl<R, K: Pageable> TypedQuery<R, K> {
    /// Sorts by a column of `R`; where that is equal, by the column of the next `order`.
    pub fn order(self, order: impl OrderOf<R>) -> Self {
        let (column, order) = order.into_parts();
        Self::new(self.query.order(&column, order))
    }

    /// At most so many rows.
    pub fn limit(self, rows: u64) -> Self {
        Self::new(self.query.limit(rows))
    }

    /// The rows from position `from` to position `to`, both included and counted from 0.
    pub fn range(self, from: u64, to: u64) -> Self {
        Self::new(self.query.range(from, to))
    }
}

impl<R: Row> TypedQuery<R, Select> {
    /// Filters, sorts and limits the rows embedded in each row: see [`Embedded`].
    pub fn embedded<T: Embed>(
        self,
        embedded: Embedded<R, T>,
        change: impl FnOnce(EmbeddedQuery<T::Row>) -> EmbeddedQuery<T::Row>,
    ) -> Self {
        let changes = change(EmbeddedQuery::new(embedded.name().to_owned()));
        Self::new(changes.apply(self.query))
    }

    /// How [`count`](Self::count) and [`with_count`](Self::with_count) count: exactly unless it is
    /// said here.
    pub fn count_by(self, count: Count) -> Self {
        Self::new(self.query.count(count))
    }

    /// How many rows match, without any of them.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub async fn count(self) -> Result<u64, ClientError> {
        self.query.head().await
    }
}

impl<R: Row, K: ReturnsRows> TypedQuery<R, K> {
    /// All rows.
    ///
    /// A project returns at most 1,000 rows at once unless its settings say otherwise; page through
    /// more with [`range`](Self::range).
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses, or a row is not what `R` says.
    pub async fn all(self) -> Result<Vec<R>, ClientError> {
        self.query.rows().await
    }

    /// The one row there is.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all), and if there is no row or there are several. A write that would have
    /// touched several is rolled back.
    pub async fn one(self) -> Result<R, ClientError> {
        self.query.single().await
    }

    /// The one row there is, or `None`.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all), and if there are several rows. A write that would have touched several
    /// is rolled back.
    pub async fn maybe_one(self) -> Result<Option<R>, ClientError> {
        self.query.maybe_single().await
    }

    /// The rows, and how many match in all, whatever limit and range.
    ///
    /// # Errors
    ///
    /// As [`all`](Self::all).
    pub async fn with_count(self) -> Result<Counted<R>, ClientError> {
        self.query.with_count().await
    }
}

impl<R, K: Write> TypedQuery<R, K> {
    /// Does it, and tells how many rows were written.
    ///
    /// # Errors
    ///
    /// If the server cannot be reached or refuses.
    pub async fn affected_rows(self) -> Result<u64, ClientError> {
        self.query.affected_rows().await
    }
}

impl<R: Row, K: Write> TypedQuery<R, K> {
    /// Returns the rows written, as `R`. Row Level Security must let the identity read them, or the
    /// write fails.
    pub fn returning(self) -> TypedQuery<R, Returning> {
        TypedQuery::new(self.query.select(R::SELECT))
    }
}

impl<R> TypedQuery<R, Upsert> {
    /// A column whose value tells that a row is there already; called again, one more of them.
    /// Together they need a unique constraint. The primary key by default.
    pub fn on_conflict<T>(self, column: Column<R, T>) -> Self {
        Self::new(self.query.on_conflict_of(column.name()))
    }

    /// Leaves rows that are there already as they are.
    pub fn ignore_duplicates(self) -> Self {
        Self::new(self.query.ignore_duplicates())
    }
}

impl<R> TypedQuery<R, Update> {
    /// Says that every row is meant: without a filter nothing else sends an update.
    pub fn all_rows(self) -> Self {
        Self::new(self.query.all_rows())
    }
}

impl<R> TypedQuery<R, Delete> {
    /// Says that every row is meant: without a filter nothing else sends a delete.
    pub fn all_rows(self) -> Self {
        Self::new(self.query.all_rows())
    }
}

/// Does it, and ignores what is returned.
impl<R, K: Runnable> IntoFuture for TypedQuery<R, K> {
    type Output = Result<(), ClientError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        self.query.into_future()
    }
}

/// See [`TypedQuery::untyped`].
impl<R, K: QueryKind> From<TypedQuery<R, K>> for Query<K> {
    fn from(query: TypedQuery<R, K>) -> Self {
        query.query
    }
}

// Values and bodies are the user's data.
impl<R, K: QueryKind> fmt::Debug for TypedQuery<R, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedQuery").field(&self.query).finish()
    }
}
