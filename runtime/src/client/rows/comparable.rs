//! [`ColumnValue`] and [`Comparable`]: which values fit which column.

use std::borrow::Cow;

use uuid::Uuid;

use crate::UserId;
use crate::client::postgrest::FilterValue;

/// The type of a column that can be compared with a value: every [`FilterValue`], and an `Option`
/// of one.
#[diagnostic::on_unimplemented(
    message = "a column of `{Self}` cannot be compared with a value",
    label = "`{Self}` is no value of a filter",
    note = "text, numbers, `bool`, `Uuid` and `UserId` are; implement `FilterValue` for a type of yours. An array column has `contains`, `contained_by` and `overlaps`, a JSON column `contains_json`"
)]
pub trait ColumnValue {
    /// What the column is compared with: of an `Option` what is in it, because nothing equals
    /// NULL.
    type Value: FilterValue;
}

#[diagnostic::do_not_recommend]
impl<T: FilterValue> ColumnValue for T {
    type Value = T;
}

#[diagnostic::do_not_recommend]
impl<T: FilterValue> ColumnValue for Option<T> {
    type Value = T;
}

/// A value that fits a column whose values are `T`: `T` itself, `&T`, and every kind of string for
/// a `String`.
///
/// Implement it for what else says the same, so that `Todo::due.eq("tomorrow")` compiles where `due`
/// is a date type of yours:
///
/// ```
/// use supabase_task::client::{Comparable, FilterValue};
///
/// struct Date(String);
///
/// impl FilterValue for Date {
///     fn write_to(&self, text: &mut String) {
///         self.0.write_to(text);
///     }
/// }
///
/// impl Comparable<Date> for &str {}
/// ```
#[diagnostic::on_unimplemented(
    message = "a column of `{T}` cannot be compared with `{Self}`",
    label = "expected a value of type `{T}`",
    note = "nothing equals NULL, so an `Option` is no value: `.is_null()` and `.is_not_null()` ask for it"
)]
pub trait Comparable<T: ?Sized>: FilterValue {}

#[diagnostic::do_not_recommend]
impl<T: FilterValue> Comparable<T> for T {}
#[diagnostic::do_not_recommend]
impl<T: FilterValue> Comparable<T> for &T {}

impl Comparable<String> for &str {}
impl Comparable<String> for &&str {}
impl Comparable<String> for Cow<'_, str> {}
impl Comparable<String> for &Cow<'_, str> {}

impl Comparable<Uuid> for UserId {}
impl Comparable<Uuid> for &UserId {}
impl Comparable<UserId> for Uuid {}
impl Comparable<UserId> for &Uuid {}
