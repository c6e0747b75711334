//! [`Column`]: a column of a row, with the operators of its type.

use std::fmt;
use std::marker::PhantomData;

use serde_json::Value;

use super::comparable::ValueOf;
use super::filter::RowFilter;
use super::kinds::{ArrayColumn, BoolColumn, JsonColumn, NullableColumn, TextColumn};
use super::order::RowOrder;
use crate::client::postgrest::{Filter, Is, Order, TextSearch};

/// A column of the row `R` that holds `T`, to filter and sort by.
///
/// `#[derive(Row)]` generates one constant for each field, with the field's name and visibility:
/// `Todo::done` is a `Column<Todo, bool>`. `T` determines which operators the column has, and which
/// values they take:
///
/// | column | operators |
/// | --- | --- |
/// | every [`FilterValue`](crate::client::FilterValue), such as text, numbers, `bool`, `Uuid`, dates and times, JSON, your own enum | `eq`, `neq`, `gt`, `gte`, `lt`, `lte`, `in_`, `not_in`, `is_distinct` |
/// | text | `like`, `ilike`, `like_any_of` and similar, `regex_match`, `regex_imatch`, `text_search` |
/// | `bool` | `is_true`, `is_false` |
/// | `Option` | those of the type in it, compared with its values, and `is_null`, `is_not_null` |
/// | `Vec` | `contains`, `contained_by`, `overlaps` |
/// | `serde_json::Value` | `contains_json`, `contained_by_json` |
///
/// Every column has `asc` and `desc`. An operator returns a [`RowFilter`], for
/// [`TypedQuery::filter`](super::TypedQuery::filter).
///
/// ```
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// # #[derive(Deserialize, Row)]
/// # struct Todo { id: i64, title: String, done: bool, note: Option<String>, tags: Vec<String> }
/// # fn example(supabase: UserClient) {
/// let todos = supabase
///     .table::<Todo>()
///     .filter(Todo::id.in_([3, 5, 7]))
///     .filter(Todo::title.like("%milk%"))
///     .filter(Todo::note.is_null() | Todo::note.eq("soon"))
///     .filter(Todo::tags.contains(["home"]));
/// # drop(todos);
/// # }
/// ```
///
/// An operator that the column does not have does not compile:
///
/// ```compile_fail
/// # use serde::Deserialize;
/// # use supabase_task::prelude::*;
/// # #[derive(Deserialize, Row)]
/// # struct Todo { id: i64 }
/// Todo::id.like("1%");
/// ```
#[must_use = "a column is no filter yet: compare it, as in `Todo::id.eq(7)`"]
pub struct Column<R, T> {
    name: &'static str,
    types: PhantomData<fn() -> (R, T)>,
}

impl<R, T> Column<R, T> {
    /// Creates a column from its name or a JSON path, in PostgREST's notation: `meta->>city`,
    /// `"a.b"`.
    ///
    /// It is not checked that `R`'s table has the column. `#[derive(Row)]` calls this for each field.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            types: PhantomData,
        }
    }

    /// Returns the column in PostgREST's notation, for the untyped builder.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { #[row(column = "created at")] created: String }
    /// assert_eq!(Todo::created.name(), r#""created at""#);
    /// ```
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Sorts the smallest value first. NULL comes last, as in PostgreSQL.
    pub fn asc(self) -> RowOrder<R> {
        RowOrder::new(self.name, Order::asc())
    }

    /// Sorts the largest value first. NULL comes first, as in PostgreSQL.
    pub fn desc(self) -> RowOrder<R> {
        RowOrder::new(self.name, Order::desc())
    }
}

/// Comparisons with a value, for every column that is a
/// [`FilterValue`](crate::client::FilterValue) or an `Option` of one.
impl<R, T> Column<R, T> {
    /// `column = value`
    pub fn eq<V>(self, value: V) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::compare(self.name, "eq", value))
    }

    /// `column <> value`. Not true where the column is NULL: see
    /// [`is_distinct`](Self::is_distinct).
    pub fn neq<V>(self, value: V) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::compare(self.name, "neq", value))
    }

    /// `column > value`
    pub fn gt<V>(self, value: V) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::compare(self.name, "gt", value))
    }

    /// `column >= value`
    pub fn gte<V>(self, value: V) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::compare(self.name, "gte", value))
    }

    /// `column < value`
    pub fn lt<V>(self, value: V) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::compare(self.name, "lt", value))
    }

    /// `column <= value`
    pub fn lte<V>(self, value: V) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::compare(self.name, "lte", value))
    }

    /// `column IS DISTINCT FROM value`: like [`neq`](Self::neq), but also true where the column is
    /// NULL.
    pub fn is_distinct<V>(self, value: V) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::compare(self.name, "isdistinct", value))
    }

    /// `column IN (values)`. An empty list matches no row.
    ///
    /// The name ends in an underscore because `in` is a Rust keyword.
    pub fn in_<V>(self, values: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::in_list(self.name, values))
    }

    /// `column NOT IN (values)`. Not true where the column is NULL; an empty list matches every other
    /// row.
    pub fn not_in<V>(self, values: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        V: ValueOf<T>,
    {
        RowFilter::new(Filter::not_in_list(self.name, values))
    }
}

/// Patterns, for text columns. `%` stands for any text and `_` for one character; a backslash before
/// either makes it literal. PostgREST reads `*` as `%`.
impl<R, T> Column<R, T> {
    /// `column LIKE pattern`
    pub fn like(self, pattern: impl ValueOf<String>) -> RowFilter<R>
    where
        T: TextColumn,
    {
        RowFilter::new(Filter::compare(self.name, "like", pattern))
    }

    /// `column ILIKE pattern`: [`like`](Self::like), but case-insensitive.
    pub fn ilike(self, pattern: impl ValueOf<String>) -> RowFilter<R>
    where
        T: TextColumn,
    {
        RowFilter::new(Filter::compare(self.name, "ilike", pattern))
    }

    /// `column LIKE ANY (patterns)`: at least one pattern matches.
    pub fn like_any_of<V>(self, patterns: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        T: TextColumn,
        V: ValueOf<String>,
    {
        RowFilter::new(Filter::quantified(self.name, "like(any)", patterns))
    }

    /// `column LIKE ALL (patterns)`: every pattern matches.
    pub fn like_all_of<V>(self, patterns: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        T: TextColumn,
        V: ValueOf<String>,
    {
        RowFilter::new(Filter::quantified(self.name, "like(all)", patterns))
    }

    /// `column ILIKE ANY (patterns)`: at least one pattern matches, case-insensitively.
    pub fn ilike_any_of<V>(self, patterns: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        T: TextColumn,
        V: ValueOf<String>,
    {
        RowFilter::new(Filter::quantified(self.name, "ilike(any)", patterns))
    }

    /// `column ILIKE ALL (patterns)`: every pattern matches, case-insensitively.
    pub fn ilike_all_of<V>(self, patterns: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        T: TextColumn,
        V: ValueOf<String>,
    {
        RowFilter::new(Filter::quantified(self.name, "ilike(all)", patterns))
    }

    /// `column ~ pattern`: a POSIX regular expression.
    pub fn regex_match(self, pattern: impl ValueOf<String>) -> RowFilter<R>
    where
        T: TextColumn,
    {
        RowFilter::new(Filter::compare(self.name, "match", pattern))
    }

    /// `column ~* pattern`: a case-insensitive POSIX regular expression.
    pub fn regex_imatch(self, pattern: impl ValueOf<String>) -> RowFilter<R>
    where
        T: TextColumn,
    {
        RowFilter::new(Filter::compare(self.name, "imatch", pattern))
    }
}

/// Text search, for text columns.
impl<R, T> Column<R, T> {
    /// `column @@ query`: the text matches a search.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use supabase_task::client::TextSearch;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Note { body: String }
    /// let search = TextSearch::websearch().config("english");
    /// let found = Note::body.text_search("\"fat cat\" or -dog", search);
    /// # drop(found);
    /// ```
    pub fn text_search(self, query: impl ValueOf<String>, search: TextSearch) -> RowFilter<R>
    where
        T: TextColumn,
    {
        RowFilter::new(Filter::text_search(self.name, query, search))
    }
}

/// Comparisons with NULL, for columns that are an `Option`.
impl<R, T> Column<R, T> {
    /// `column IS NULL`
    pub fn is_null(self) -> RowFilter<R>
    where
        T: NullableColumn,
    {
        RowFilter::new(Filter::is(self.name, Is::Null))
    }

    /// `column IS NOT NULL`
    pub fn is_not_null(self) -> RowFilter<R>
    where
        T: NullableColumn,
    {
        RowFilter::new(Filter::is(self.name, Is::NotNull))
    }
}

/// Comparisons with true and false, for `bool` columns.
impl<R, T> Column<R, T> {
    /// `column IS TRUE`
    pub fn is_true(self) -> RowFilter<R>
    where
        T: BoolColumn,
    {
        RowFilter::new(Filter::is(self.name, Is::True))
    }

    /// `column IS FALSE`. Not true where the column is NULL.
    pub fn is_false(self) -> RowFilter<R>
    where
        T: BoolColumn,
    {
        RowFilter::new(Filter::is(self.name, Is::False))
    }
}

/// Array operators, for columns that are a `Vec`.
impl<R, T> Column<R, T> {
    /// `column @> values`: the column holds each of the values.
    pub fn contains<V>(self, values: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        T: ArrayColumn,
        V: ValueOf<T::Element>,
    {
        RowFilter::new(Filter::quantified(self.name, "cs", values))
    }

    /// `column <@ values`: the column holds none but the values.
    pub fn contained_by<V>(self, values: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        T: ArrayColumn,
        V: ValueOf<T::Element>,
    {
        RowFilter::new(Filter::quantified(self.name, "cd", values))
    }

    /// `column && values`: the column holds at least one of the values.
    pub fn overlaps<V>(self, values: impl IntoIterator<Item = V>) -> RowFilter<R>
    where
        T: ArrayColumn,
        V: ValueOf<T::Element>,
    {
        RowFilter::new(Filter::quantified(self.name, "ov", values))
    }
}

/// JSON operators, for `jsonb` columns.
impl<R, T> Column<R, T> {
    /// `column @> value`: the column has every key and element of `value`.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use supabase_task::prelude::*;
    /// # #[derive(Deserialize, Row)]
    /// # struct Todo { meta: serde_json::Value }
    /// let in_oslo = Todo::meta.contains_json(&json!({ "city": "Oslo" }));
    /// # drop(in_oslo);
    /// ```
    pub fn contains_json(self, value: &Value) -> RowFilter<R>
    where
        T: JsonColumn,
    {
        RowFilter::new(Filter::collection(self.name, "cs", value))
    }

    /// `column <@ value`: the column has no key and no element that `value` lacks.
    pub fn contained_by_json(self, value: &Value) -> RowFilter<R>
    where
        T: JsonColumn,
    {
        RowFilter::new(Filter::collection(self.name, "cd", value))
    }
}

impl<R, T> Clone for Column<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T> Copy for Column<R, T> {}

impl<R, T> fmt::Debug for Column<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.name).finish()
    }
}
