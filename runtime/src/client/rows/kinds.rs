//! The kinds of columns, which determine the operators that a column has.

use serde_json::Value;
use serde_json::value::RawValue;

/// A text column, which has patterns and text search.
///
/// Implement it for a text type of your own.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` holds no text: patterns and text search are for `String` columns",
    label = "this column is `{Self}`",
    note = "compare it by value: `.eq(…)`, `.gte(…)`, `.in_([…])`"
)]
pub trait TextColumn {}

impl TextColumn for String {}
impl<T: TextColumn> TextColumn for Option<T> {}

/// A column that can be NULL: an `Option`.
#[diagnostic::on_unimplemented(
    message = "this column is never NULL: it is a `{Self}` in the row",
    label = "not an `Option`",
    note = "if the column can be NULL, make the field an `Option<{Self}>`: reading the row would fail otherwise"
)]
pub trait NullableColumn {}

impl<T> NullableColumn for Option<T> {}

/// A `boolean` column.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` is neither true nor false",
    label = "this column is `{Self}`",
    note = "compare it by value: `.eq(…)`"
)]
pub trait BoolColumn {}

impl BoolColumn for bool {}
impl BoolColumn for Option<bool> {}

/// An array column: a `Vec`.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` holds no array",
    label = "this column is `{Self}`",
    note = "`contains`, `contained_by` and `overlaps` are for `Vec` columns; a part of a text is `.like(\"%part%\")`, a part of JSON `.contains_json(…)`"
)]
pub trait ArrayColumn {
    /// The array's elements.
    type Element;
}

impl<T> ArrayColumn for Vec<T> {
    type Element = T;
}

impl<T: ArrayColumn> ArrayColumn for Option<T> {
    type Element = T::Element;
}

/// A `jsonb` column.
///
/// Implement it for a type of your own that such a column is read as.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` is not known to hold JSON",
    label = "this column is `{Self}`",
    note = "a `serde_json::Value` is; implement `JsonColumn` for a type of yours that is stored as `jsonb`"
)]
pub trait JsonColumn {}

impl JsonColumn for Value {}
impl JsonColumn for Box<RawValue> {}
impl<T: JsonColumn> JsonColumn for Option<T> {}
