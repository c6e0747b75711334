//! [`InsertRow`] and [`UpdateRow`]: the values to write to the table of a row.

use serde::Serialize;

use super::row::Row;

/// A value for [`TypedTable::insert`](super::TypedTable::insert) and
/// [`upsert`](super::TypedTable::upsert): a struct that serializes to an object of columns.
///
/// Leave out a column that the database fills: make such a field an `Option`, with
/// `#[serde(skip_serializing_if = "Option::is_none")]`.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use supabase_task::client::InsertRow;
/// use supabase_task::prelude::*;
///
/// #[derive(Deserialize, Row)]
/// struct Todo {
///     id: i64,
///     title: String,
/// }
///
/// #[derive(Serialize)]
/// struct NewTodo {
///     title: String,
///     #[serde(skip_serializing_if = "Option::is_none")]
///     due: Option<String>,
/// }
///
/// impl InsertRow for NewTodo {
///     type Row = Todo;
/// }
/// ```
pub trait InsertRow: Serialize {
    /// A row of the table that the value is written to.
    type Row: Row;
}

impl<T: InsertRow + ?Sized> InsertRow for &T {
    type Row = T::Row;
}

impl<T: InsertRow> InsertRow for [T] {
    type Row = T::Row;
}

impl<T: InsertRow, const N: usize> InsertRow for [T; N]
where
    Self: Serialize,
{
    type Row = T::Row;
}

impl<T: InsertRow> InsertRow for Vec<T> {
    type Row = T::Row;
}

/// A value for [`TypedTable::update`](super::TypedTable::update): a struct that serializes to an
/// object of the columns to set.
///
/// Leave out a column that stays as it is: make such a field an `Option`, with
/// `#[serde(skip_serializing_if = "Option::is_none")]`. A column that can be set to NULL needs an
/// `Option` in an `Option`.
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use supabase_task::client::UpdateRow;
/// use supabase_task::prelude::*;
///
/// #[derive(Deserialize, Row)]
/// struct Todo {
///     id: i64,
///     done: bool,
/// }
///
/// #[derive(Serialize)]
/// struct Done {
///     done: bool,
/// }
///
/// impl UpdateRow for Done {
///     type Row = Todo;
/// }
/// ```
pub trait UpdateRow: Serialize {
    /// A row of the table that is updated.
    type Row: Row;
}

impl<T: UpdateRow + ?Sized> UpdateRow for &T {
    type Row = T::Row;
}

/// An [`InsertRow`] of the table of `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be inserted into the table of `{R}`",
    label = "not an `InsertRow` of `{R}`",
    note = "take a type that belongs to this table: one with `impl InsertRow` whose `type Row` is `{R}`, or an array, slice or `Vec` of such"
)]
pub trait InsertInto<R>: Serialize {}

#[diagnostic::do_not_recommend]
impl<R, I: InsertRow<Row = R> + ?Sized> InsertInto<R> for I {}

/// An [`UpdateRow`] of the table of `R`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot update the table of `{R}`",
    label = "not an `UpdateRow` of `{R}`",
    note = "take a type that belongs to this table: one with `impl UpdateRow` whose `type Row` is `{R}`"
)]
pub trait UpdateOf<R>: Serialize {}

#[diagnostic::do_not_recommend]
impl<R, U: UpdateRow<Row = R> + ?Sized> UpdateOf<R> for U {}
