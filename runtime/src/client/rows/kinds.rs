//! What kinds of columns there are: which of the operators a column has.

use serde_json::Value;
use serde_json::value::RawValue;

use super::comparable::ColumnValue;
use crate::client::postgrest::{FilterValue, push_quoted};

/// A column of text, which has patterns and text search.
///
/// Implement it for a text type of yours.
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

/// A column of `boolean`.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` is neither true nor false",
    label = "this column is `{Self}`",
    note = "compare it by value: `.eq(…)`"
)]
pub trait BoolColumn {}

impl BoolColumn for bool {}
impl BoolColumn for Option<bool> {}

/// A column of an array: a `Vec`.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` holds no array",
    label = "this column is `{Self}`",
    note = "`contains`, `contained_by` and `overlaps` are for `Vec` columns; a part of a text is `.like(\"%part%\")`, a part of JSON `.contains_json(…)`"
)]
pub trait ArrayColumn {
    /// The array's elements.
    type Element: ColumnValue;
}

impl<T: ColumnValue> ArrayColumn for Vec<T> {
    type Element = T;
}

impl<T: ArrayColumn> ArrayColumn for Option<T> {
    type Element = T::Element;
}

/// A column of `jsonb`.
///
/// Implement it for a type of yours that such a column is read as.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` is not known to hold JSON",
    label = "this column is `{Self}`",
    note = "a `serde_json::Value` is; implement `JsonColumn` for a type of yours that is stored as `jsonb`"
)]
pub trait JsonColumn {}

impl JsonColumn for Value {}
impl JsonColumn for Box<RawValue> {}
impl<T: JsonColumn> JsonColumn for Option<T> {}

/// The type of an array column's elements, as they are compared.
pub(super) type Element<T> = <<T as ArrayColumn>::Element as ColumnValue>::Value;

/// Appends `{a,"b,c"}`: an array as PostgreSQL reads it.
pub(super) fn array<V: FilterValue>(values: impl IntoIterator<Item = V>) -> String {
    let mut array = String::from("{");
    for value in values {
        if array.len() > 1 {
            array.push(',');
        }
        let mut element = String::new();
        value.write_to(&mut element);
        push_element(&mut array, &element);
    }
    array.push('}');
    array
}

fn push_element(array: &mut String, element: &str) {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !r#",{}"\"#.contains(c);
    let plain =
        !element.is_empty() && !element.eq_ignore_ascii_case("null") && element.chars().all(plain);
    if plain {
        array.push_str(element);
    } else {
        push_quoted(array, element);
    }
}
