//! [`TypedTable`]: the table of a row, to read from or write to.

use std::fmt;
use std::marker::PhantomData;

use super::access::{CanDelete, CanInsert, CanSelect, CanUpdate};
use super::embedded::{Embedded, EmbeddedQuery};
use super::filter::FilterOf;
use super::order::OrderOf;
use super::query::{QueryFuture, TypedQuery};
use super::row::{Embed, Row};
use super::write::{InsertInto, UpdateOf};
use crate::auth::AnyTable;
use crate::client::postgrest::{
    Count, Counted, Delete, Insert, Schema, Select, Table, Update, Upsert,
};

/// The table of the row `R`, returned by [`Client::table`](super::super::Client::table).
///
/// Its reading methods are those of a [`TypedQuery`]. Each of them starts one.
///
/// `A` says which tables the client's identity may use. A [`RoleClient`](crate::RoleClient) can call only
/// the methods that its role declares for `R`; other identities can call all of them, and the database
/// decides.
#[must_use = "a table does nothing by itself; read it with `rows`, or write with `insert`, `upsert`, `update` or `delete`"]
pub struct TypedTable<R, A = AnyTable> {
    table: Table,
    /// `R::SELECT`, so that only the start of a chain requires `R: Row`. A type that is not a row then
    /// causes one compile error.
    select: &'static str,
    row: PhantomData<fn() -> (R, A)>,
}

impl<R, A> TypedTable<R, A> {
    pub(in crate::client) fn new(schema: &Schema) -> Self
    where
        R: Row,
    {
        Self {
            table: schema.from(R::TABLE),
            select: R::SELECT,
            row: PhantomData,
        }
    }

    /// Reads the columns of `R`, of every row unless filters are added.
    pub fn select(self) -> TypedQuery<R, Select, A>
    where
        A: CanSelect<R>,
    {
        TypedQuery::new(self.table.select(self.select), self.select)
    }

    /// See [`TypedQuery::filter`].
    pub fn filter(self, filter: impl FilterOf<R>) -> TypedQuery<R, Select, A>
    where
        A: CanSelect<R>,
    {
        self.select().filter(filter)
    }

    /// See [`TypedQuery::order`].
    pub fn order(self, order: impl OrderOf<R>) -> TypedQuery<R, Select, A>
    where
        A: CanSelect<R>,
    {
        self.select().order(order)
    }

    /// See [`TypedQuery::limit`].
    pub fn limit(self, rows: u64) -> TypedQuery<R, Select, A>
    where
        A: CanSelect<R>,
    {
        self.select().limit(rows)
    }

    /// See [`TypedQuery::range`].
    pub fn range(self, from: u64, to: u64) -> TypedQuery<R, Select, A>
    where
        A: CanSelect<R>,
    {
        self.select().range(from, to)
    }

    /// See [`TypedQuery::embedded`].
    pub fn embedded<T: Embed>(
        self,
        embedded: Embedded<R, T>,
        change: impl FnOnce(EmbeddedQuery<T::Row>) -> EmbeddedQuery<T::Row>,
    ) -> TypedQuery<R, Select, A>
    where
        A: CanSelect<R>,
    {
        self.select().embedded(embedded, change)
    }

    /// See [`TypedQuery::count_by`].
    pub fn count_by(self, count: Count) -> TypedQuery<R, Select, A>
    where
        A: CanSelect<R>,
    {
        self.select().count_by(count)
    }

    /// Returns every row of the table. See [`TypedQuery::rows`].
    ///
    /// # Errors
    ///
    /// As [`TypedQuery::rows`].
    pub fn rows(self) -> QueryFuture<Vec<R>>
    where
        R: Row,
        A: CanSelect<R>,
    {
        self.select().rows()
    }

    /// Returns the only row of the table. See [`TypedQuery::single`].
    ///
    /// # Errors
    ///
    /// As [`TypedQuery::single`].
    pub fn single(self) -> QueryFuture<R>
    where
        R: Row,
        A: CanSelect<R>,
    {
        self.select().single()
    }

    /// Returns the only row of the table, if any. See [`TypedQuery::maybe_single`].
    ///
    /// # Errors
    ///
    /// As [`TypedQuery::maybe_single`].
    pub fn maybe_single(self) -> QueryFuture<Option<R>>
    where
        R: Row,
        A: CanSelect<R>,
    {
        self.select().maybe_single()
    }

    /// An earlier name of [`rows`](Self::rows).
    #[doc(hidden)]
    pub fn all(self) -> QueryFuture<Vec<R>>
    where
        R: Row,
        A: CanSelect<R>,
    {
        self.rows()
    }

    /// An earlier name of [`single`](Self::single).
    #[doc(hidden)]
    pub fn one(self) -> QueryFuture<R>
    where
        R: Row,
        A: CanSelect<R>,
    {
        self.single()
    }

    /// An earlier name of [`maybe_single`](Self::maybe_single).
    #[doc(hidden)]
    pub fn maybe_one(self) -> QueryFuture<Option<R>>
    where
        R: Row,
        A: CanSelect<R>,
    {
        self.maybe_single()
    }

    /// Returns how many rows the table has. See [`TypedQuery::count`].
    ///
    /// # Errors
    ///
    /// As [`TypedQuery::count`].
    pub fn count(self) -> QueryFuture<u64>
    where
        A: CanSelect<R>,
    {
        Box::pin(self.select().untyped().head())
    }

    /// Returns every row of the table, and how many there are. See [`TypedQuery::with_count`].
    ///
    /// # Errors
    ///
    /// As [`TypedQuery::with_count`].
    pub fn with_count(self) -> QueryFuture<Counted<R>>
    where
        R: Row,
        A: CanSelect<R>,
    {
        self.select().with_count()
    }

    /// Inserts `rows`: an [`InsertRow`](super::InsertRow) of this table, or an array, slice or `Vec`
    /// of them. A column that one of several rows leaves out gets its default in that row, as it does
    /// when the row is inserted alone.
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use supabase_task::client::InsertRow;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { id: i64, title: String }
    /// #[derive(Serialize)]
    /// struct NewTodo {
    ///     title: String,
    /// }
    ///
    /// impl InsertRow for NewTodo {
    ///     type Row = Todo;
    /// }
    ///
    /// # async fn example(supabase: UserClient) -> TaskResult<Todo> {
    /// let todo = NewTodo { title: "water the plants".into() };
    /// let todo = supabase.table::<Todo>().insert(&todo).returning().single().await?;
    /// # Ok(todo)
    /// # }
    /// ```
    pub fn insert<I: InsertInto<R> + ?Sized>(self, rows: &I) -> TypedQuery<R, Insert, A>
    where
        A: CanInsert<R>,
    {
        TypedQuery::new(self.table.insert(rows).default_to_null(false), self.select)
    }

    /// Inserts `rows` as [`insert`](Self::insert) does, and replaces rows that already exist. Rows are
    /// matched by primary key, or by the columns of [`on_conflict`](TypedQuery::on_conflict).
    ///
    /// A role needs `select` as well, because PostgreSQL reads the columns that it compares and writes.
    pub fn upsert<I: InsertInto<R> + ?Sized>(self, rows: &I) -> TypedQuery<R, Upsert, A>
    where
        A: CanSelect<R> + CanInsert<R> + CanUpdate<R>,
    {
        TypedQuery::new(self.table.upsert(rows).default_to_null(false), self.select)
    }

    /// Sets the columns of `values`, an [`UpdateRow`](super::UpdateRow) of this table, in every row
    /// that matches the filters.
    ///
    /// Needs at least one filter, or [`all_rows`](TypedQuery::all_rows).
    ///
    /// ```
    /// # use serde::{Deserialize, Serialize};
    /// # use supabase_task::client::UpdateRow;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { id: i64, done: bool }
    /// #[derive(Serialize)]
    /// struct Done {
    ///     done: bool,
    /// }
    ///
    /// impl UpdateRow for Done {
    ///     type Row = Todo;
    /// }
    ///
    /// # async fn example(supabase: UserClient) -> TaskResult<()> {
    /// supabase.table::<Todo>().update(&Done { done: true }).filter(Todo::id.eq(7)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn update<U: UpdateOf<R> + ?Sized>(self, values: &U) -> TypedQuery<R, Update, A>
    where
        A: CanUpdate<R>,
    {
        TypedQuery::new(self.table.update(values), self.select)
    }

    /// Deletes every row that matches the filters.
    ///
    /// Needs at least one filter, or [`all_rows`](TypedQuery::all_rows).
    pub fn delete(self) -> TypedQuery<R, Delete, A>
    where
        A: CanDelete<R>,
    {
        TypedQuery::new(self.table.delete(), self.select)
    }

    /// Returns the untyped table, for requests that the typed one cannot express.
    pub fn untyped(self) -> Table {
        self.table
    }
}

impl<R, A> Clone for TypedTable<R, A> {
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            select: self.select,
            row: PhantomData,
        }
    }
}

impl<R, A> fmt::Debug for TypedTable<R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedTable").field(&self.table).finish()
    }
}
