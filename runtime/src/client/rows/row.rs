//! [`Row`]: a struct whose fields are the columns that a query requests.

use serde::de::DeserializeOwned;

/// A struct that is read from the rows of one table or view, and requests only its own columns.
///
/// Derive it with [`macro@Row`](macro@crate::Row), whose page lists the options. The derive also
/// gives the struct one constant for each field, a [`Column`](super::Column), to filter and sort by:
///
/// ```
/// use serde::Deserialize;
/// use supabase_task::prelude::*;
///
/// #[derive(Debug, Deserialize, Row)]
/// pub struct Todo {
///     pub id: i64,
///     pub title: String,
///     pub done: bool,
/// }
///
/// /// The ten newest todos that are not done: `select=id,title,done&done=eq.false&…`.
/// # async fn newest(supabase: UserClient) -> TaskResult<Vec<Todo>> {
/// let newest = supabase
///     .table::<Todo>()
///     .filter(Todo::done.eq(false))
///     .order(Todo::id.desc())
///     .limit(10)
///     .rows()
///     .await?;
/// # Ok(newest)
/// # }
/// ```
///
/// Several structs can read the same table, each with the columns it needs.
///
/// # By hand
///
/// An implementation by hand can express what the derive cannot: a select list of your own, with
/// constants for the columns to filter by.
///
/// ```
/// use serde::Deserialize;
/// use supabase_task::client::{Column, Row};
///
/// #[derive(Deserialize)]
/// struct Sum {
///     day: String,
///     sum: f64,
/// }
///
/// impl Row for Sum {
///     const TABLE: &'static str = "orders";
///     const SELECT: &'static str = "day,amount.sum()";
/// }
///
/// const DAY: Column<Sum, String> = Column::new("day");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row: put `#[derive(Row)]` on it",
    label = "not a `Row`",
    note = "a row is a struct with a field for each column it reads; `#[row(table = \"…\")]` names its table"
)]
pub trait Row: DeserializeOwned + 'static {
    /// The table or view that the row is read from.
    const TABLE: &'static str;

    /// The schema of the table.
    const SCHEMA: &'static str = "public";

    /// The select list that is sent to the server, as
    /// [`Table::select`](super::super::Table::select) takes it.
    const SELECT: &'static str;

    /// The columns that it reads, in PostgREST's notation, for the checks of
    /// [`#[derive(DatabaseRole)]`](macro@crate::DatabaseRole).
    #[doc(hidden)]
    const COLUMNS: &'static [&'static str] = &[];

    /// The tables of the rows that it embeds, for the same checks.
    #[doc(hidden)]
    const EMBEDS: &'static [Embeds] = &[];
}

/// The table of embedded rows, what is selected of it, and the tables of the rows in these.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Embeds {
    select: &'static str,
    pub(crate) schema: &'static str,
    pub(crate) table: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) embeds: &'static [Embeds],
}

impl Embeds {
    /// Returns the table of `T`, and those that `T` embeds.
    pub const fn of<T: Embed>() -> Self {
        Self {
            select: T::SELECT,
            schema: <T::Row as Row>::SCHEMA,
            table: <T::Row as Row>::TABLE,
            columns: <T::Row as Row>::COLUMNS,
            embeds: <T::Row as Row>::EMBEDS,
        }
    }

    /// Returns the embedded rows' own select list.
    pub const fn select(&self) -> &'static str {
        self.select
    }
}

/// The type of a field with `#[row(embed)]`, which holds rows of a related table.
///
/// - `R`: the one row that is referred to, by a foreign key that is never NULL;
/// - `Option<R>`: the row that is referred to, if any;
/// - `Vec<R>`: the rows that refer to this one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be embedded: it is no row, `Option` of a row or `Vec` of rows",
    label = "not a row, or rows",
    note = "put `#[derive(Row)]` on the struct in it; a `Box` is not needed, and a column is no embed"
)]
pub trait Embed {
    /// The rows of the related table.
    type Row: Row;

    /// The embedded rows' own select list.
    const SELECT: &'static str = <Self::Row as Row>::SELECT;
}

#[diagnostic::do_not_recommend]
impl<R: Row> Embed for R {
    type Row = R;
}

#[diagnostic::do_not_recommend]
impl<R: Row> Embed for Option<R> {
    type Row = R;
}

#[diagnostic::do_not_recommend]
impl<R: Row> Embed for Vec<R> {
    type Row = R;
}

/// An [`Embed`] of one row, `R` or `Option<R>`. The rows that refer to it can be sorted by its columns.
#[diagnostic::on_unimplemented(
    message = "rows cannot be sorted by `{Self}`, of which each has several",
    label = "not one related row",
    note = "sort by a row that is referred to; the rows of a `Vec` are sorted within `.embedded(…)`"
)]
pub trait ToOne: Embed {}

#[diagnostic::do_not_recommend]
impl<R: Row> ToOne for R {}

#[diagnostic::do_not_recommend]
impl<R: Row> ToOne for Option<R> {}
