//! [`FilterValue`]: a value that a column can be compared with, and how lists quote it.

mod chrono;
mod moment;
#[cfg(feature = "time")]
mod time;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::Value;
use uuid::Uuid;

use crate::UserId;

/// A value that a filter compares a column with: text, a number, a `bool`, a UUID, a date or a time,
/// JSON, or a type of your own.
///
/// It becomes the text that PostgreSQL reads as a literal of the column's type. The filter takes care
/// of quoting and escaping.
///
/// | in Rust | for a column of |
/// |---|---|
/// | text, numbers, `bool`, [`Uuid`], [`UserId`] | a type that has such literals |
/// | `chrono::DateTime<Tz>` | `timestamptz` |
/// | `chrono::NaiveDateTime`, `NaiveDate`, `NaiveTime` | `timestamp`, `date`, `time` |
/// | [`serde_json::Value`] | `jsonb` |
/// | `rust_decimal::Decimal`, with the feature `rust_decimal` | `numeric` |
/// | `bigdecimal::BigDecimal`, with the feature `bigdecimal` | `numeric` |
/// | `time::OffsetDateTime`, `UtcDateTime`, `PrimitiveDateTime`, `Date` and `Time`, with the feature `time` | `timestamptz`, `timestamp`, `date`, `time` |
///
/// # Dates and times
///
/// PostgreSQL rounds to microseconds, and supports days from 4714-11-24 BC on. A date can have years
/// up to 5874897, a timestamp up to 294276; the request fails if a value is outside. A leap second
/// counts as the second after it, and a fraction of one makes the request fail.
///
/// You can filter by values outside the years 1 to 9999, but you cannot read or write them as a
/// `chrono` type, because its JSON differs from PostgreSQL's. Such a read or write is an error.
///
/// # JSON
///
/// `column = value` compares whole documents: `{"a": 1}` equals `{"a": 1.0}`, but no object with
/// further keys. To match a part, use [`contains`](super::Query::contains). Columns of type `json`
/// cannot be compared at all; columns of type `jsonb` can.
///
/// The text `json!("a")` includes its quotes, and `json!(null)` is JSON's null: the first does not
/// equal `a` in a text column, and the second does not equal NULL in any column. (In a row that is
/// written, a `null` that is a column's whole value is NULL.)
///
/// # NULL
///
/// `Option` does not implement this trait, because nothing equals NULL. Use
/// [`is`](super::Query::is) with [`Is::Null`](super::Is::Null).
///
/// ```
/// use supabase_task::client::FilterValue;
///
/// struct Cents(i64);
///
/// impl FilterValue for Cents {
///     fn write_to(&self, text: &mut String) {
///         self.0.write_to(text);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a column cannot be compared with `{Self}`",
    label = "not a filter value",
    note = "text, numbers, `bool`, `Uuid`, `UserId`, JSON, and the dates and times of `chrono` are; to compare with NULL use `.is(column, Is::Null)`"
)]
pub trait FilterValue {
    /// Appends the value as PostgreSQL reads it, unquoted.
    fn write_to(&self, text: &mut String);
}

/// Implements a trait for text, which is written as it is.
macro_rules! write_as_it_is {
    ($trait:ident for $($text:ty),+) => {$(
        impl $trait for $text {
            fn write_to(&self, text: &mut String) {
                text.push_str(self);
            }
        }
    )+};
}

pub(super) use write_as_it_is;

write_as_it_is!(FilterValue for str, String, Cow<'_, str>);

impl<T: FilterValue + ?Sized> FilterValue for &T {
    fn write_to(&self, text: &mut String) {
        (**self).write_to(text);
    }
}

/// Implements [`FilterValue`] for types whose `Display` text PostgreSQL can read.
macro_rules! filter_value_by_display {
    ($($type:ty),+) => {$(
        impl FilterValue for $type {
            fn write_to(&self, text: &mut String) {
                // Writing to a `String` cannot fail.
                let _ = write!(text, "{self}");
            }
        }
    )+};
}

filter_value_by_display!(
    bool, char, i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, Uuid, UserId, Value
);

#[cfg(feature = "rust_decimal")]
filter_value_by_display!(rust_decimal::Decimal);

#[cfg(feature = "bigdecimal")]
filter_value_by_display!(bigdecimal::BigDecimal);

/// Implements [`FilterValue`] for floats. PostgreSQL spells infinity out.
macro_rules! filter_value_for_floats {
    ($($float:ty),+) => {$(
        impl FilterValue for $float {
            fn write_to(&self, text: &mut String) {
                if self.is_infinite() {
                    text.push_str(if *self > 0.0 { "Infinity" } else { "-Infinity" });
                } else {
                    let _ = write!(text, "{self}");
                }
            }
        }
    )+};
}

filter_value_for_floats!(f32, f64);

/// `(…)`, the list of an `in`, without duplicates.
pub(super) struct InList {
    text: String,
    seen: HashSet<String>,
}

impl InList {
    pub(super) fn new() -> Self {
        Self {
            text: String::from("("),
            seen: HashSet::new(),
        }
    }

    pub(super) fn push(&mut self, value: &dyn FilterValue) {
        let mut element = String::new();
        value.write_to(&mut element);
        if self.seen.contains(&element) {
            return;
        }
        if !self.seen.is_empty() {
            self.text.push(',');
        }
        push_list_element(&mut self.text, &element);
        self.seen.insert(element);
    }

    pub(super) fn finish(mut self) -> String {
        // PostgREST reads a list of one empty text as the empty list, in quotes or not.
        if self.seen.len() == 1 && self.seen.contains("") {
            self.text.push_str(",\"\"");
        }
        self.text.push(')');
        self.text
    }
}

/// Appends one element of an `in.(…)` list, quoted if one of its characters could end the element.
///
/// PostgREST reads an element as `"…"` with `\"` and `\\`, or as a run without `,` and `)`. It skips
/// blanks around the element.
pub(super) fn push_list_element(list: &mut String, value: &str) {
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !r#",()"\{}[]"#.contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        list.push_str(value);
    } else {
        push_quoted(list, value);
    }
}

/// `"…"`, with `\"` and `\\` inside.
pub(super) fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    push_quoted(&mut text, value);
    text
}

/// Appends `"…"`, with `\"` and `\\` inside.
pub(super) fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}
