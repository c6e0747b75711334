//! [`CollectionValue`]: a value that holds several others, for `contains`, `overlaps` and the like.

use std::borrow::Cow;
use std::ops::{
    Bound, Range, RangeBounds, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive,
};

use serde_json::Value;

use super::literal::{ArrayLiteral, push_range};
use super::value::{FilterValue, write_as_it_is};

/// A value with several parts that a filter compares a column with: an array, a range, or JSON.
///
/// | in Rust | for columns of |
/// |---|---|
/// | an array, a slice or a `Vec` | an array type; an `Option` element can be NULL, nested arrays add dimensions |
/// | `1..5`, `1..=5`, `1..`, `..5`, a pair of [`Bound`]s | a range type |
/// | [`serde_json::Value`] | `json` and `jsonb` |
/// | text | any of these: PostgreSQL's literal, sent as it is, such as `[2026-01-01,2026-02-01)` |
///
/// Elements and bounds are [`FilterValue`]s, quoted by PostgreSQL's rules for
/// [arrays](https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO) and
/// [ranges](https://www.postgresql.org/docs/current/rangetypes.html#RANGETYPES-IO).
///
/// ```
/// # use serde_json::json;
/// # use supabase_task::client::UserClient;
/// # fn example(supabase: UserClient) {
/// let rooms = supabase
///     .from("rooms")
///     .select("id")
///     .contains("tags", ["quiet", "first floor, left"])
///     .contains("meta", json!({ "beamer": true }))
///     .overlaps("seats", 10..=20)
///     .overlaps("booked", "[2026-01-01 12:00,2026-01-01 13:00)");
/// # drop(rooms);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an array, a range or JSON",
    label = "one value, or not one that a filter knows",
    note = "give an array or a slice such as `[\"a\", \"b\"]`, a range such as `1..5`, a `serde_json::Value`, \
            or PostgreSQL's literal as text such as \"{{a,b}}\""
)]
pub trait CollectionValue {
    /// Appends PostgreSQL's literal for the value.
    fn write_to(&self, text: &mut String);
}

/// An element of an array: a [`FilterValue`], an `Option` of one, or a nested array.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an element of an array",
    label = "not an element",
    note = "elements are what `FilterValue` is implemented for, `Option`s of them, and arrays of them"
)]
pub trait ArrayElement {
    /// Appends the element.
    #[doc(hidden)]
    fn push_to(&self, array: &mut ArrayWriter<'_>);
}

/// The array that an [`ArrayElement`] is appended to.
#[doc(hidden)]
#[allow(missing_debug_implementations)]
pub struct ArrayWriter<'a>(ArrayLiteral<'a>);

impl<T: FilterValue> ArrayElement for T {
    fn push_to(&self, array: &mut ArrayWriter<'_>) {
        let mut text = String::new();
        self.write_to(&mut text);
        array.0.push(&text);
    }
}

impl<T: ArrayElement> ArrayElement for Option<T> {
    fn push_to(&self, array: &mut ArrayWriter<'_>) {
        match self {
            Some(element) => element.push_to(array),
            None => array.0.push_null(),
        }
    }
}

impl<T: ArrayElement> ArrayElement for [T] {
    fn push_to(&self, array: &mut ArrayWriter<'_>) {
        array.0.push_array(|text| push_array(text, self));
    }
}

impl<T: ArrayElement> ArrayElement for Vec<T> {
    fn push_to(&self, array: &mut ArrayWriter<'_>) {
        self.as_slice().push_to(array);
    }
}

impl<T: ArrayElement, const N: usize> ArrayElement for [T; N] {
    fn push_to(&self, array: &mut ArrayWriter<'_>) {
        self.as_slice().push_to(array);
    }
}

fn push_array<T: ArrayElement>(text: &mut String, elements: &[T]) {
    let mut array = ArrayWriter(ArrayLiteral::begin(text));
    for element in elements {
        element.push_to(&mut array);
    }
    array.0.end();
}

/// Returns the literal `{…}` of patterns or other values.
pub(super) fn array_of(values: impl IntoIterator<Item: FilterValue>) -> String {
    let mut text = String::new();
    let mut array = ArrayLiteral::begin(&mut text);
    let mut element = String::new();
    for value in values {
        element.clear();
        value.write_to(&mut element);
        array.push(&element);
    }
    array.end();
    text
}

impl<T: ArrayElement> CollectionValue for [T] {
    fn write_to(&self, text: &mut String) {
        push_array(text, self);
    }
}

impl<T: ArrayElement> CollectionValue for Vec<T> {
    fn write_to(&self, text: &mut String) {
        push_array(text, self);
    }
}

impl<T: ArrayElement, const N: usize> CollectionValue for [T; N] {
    fn write_to(&self, text: &mut String) {
        push_array(text, self);
    }
}

impl<T: CollectionValue + ?Sized> CollectionValue for &T {
    fn write_to(&self, text: &mut String) {
        (**self).write_to(text);
    }
}

write_as_it_is!(CollectionValue for str, String, Cow<'_, str>);

impl CollectionValue for Value {
    fn write_to(&self, text: &mut String) {
        text.push_str(&self.to_string());
    }
}

/// Implements [`CollectionValue`] for Rust's ranges.
macro_rules! collection_value_for_ranges {
    ($($range:ty),+) => {$(
        impl<T: FilterValue> CollectionValue for $range {
            fn write_to(&self, text: &mut String) {
                push_range(text, self.start_bound(), self.end_bound());
            }
        }
    )+};
}

collection_value_for_ranges!(
    Range<T>,
    RangeFrom<T>,
    RangeInclusive<T>,
    RangeTo<T>,
    RangeToInclusive<T>,
    (Bound<T>, Bound<T>)
);

impl CollectionValue for RangeFull {
    fn write_to(&self, text: &mut String) {
        push_range::<i32>(text, Bound::Unbounded, Bound::Unbounded);
    }
}
