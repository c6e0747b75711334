//! [`ValueOf`] and [`Comparable`]: which values fit which column.

use std::borrow::Cow;

use uuid::Uuid;

use crate::UserId;
use crate::client::postgrest::FilterValue;

/// A value for a column that holds `T`: a type that is [`Comparable`] with `T` or, if `T` is an
/// `Option`, with the type in it.
///
/// Implemented for every such type. For a type of your own, implement [`FilterValue`] or
/// [`Comparable`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value to compare a column of `{T}` with",
    label = "not a value of this column",
    note = "an `Option` is no value, because nothing equals NULL: `.is_null()` and `.is_not_null()` ask for it",
    note = "a type of yours can be compared once it implements `FilterValue`; a `Vec` has `.contains(…)`, JSON `.contains_json(…)`"
)]
pub trait ValueOf<T: ?Sized>: FilterValue {}

#[diagnostic::do_not_recommend]
impl<T: FilterValue, V: Comparable<T>> ValueOf<T> for V {}

#[diagnostic::do_not_recommend]
impl<T: FilterValue, V: Comparable<T>> ValueOf<Option<T>> for V {}

/// A value that can stand for a `T`: `T` itself, `&T`, and every kind of string for a `String`.
///
/// Implement it for other such types, so that `Todo::due.eq("tomorrow")` compiles where `due` is a
/// date type of your own, or an `Option` of it:
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
    message = "`{Self}` cannot stand for a `{T}` in a filter",
    label = "expected a `{T}`"
)]
pub trait Comparable<T: ?Sized>: FilterValue {}

impl<T: FilterValue> Comparable<T> for T {}
impl<T: FilterValue> Comparable<T> for &T {}

impl Comparable<String> for &str {}
impl Comparable<String> for &&str {}
impl Comparable<String> for Cow<'_, str> {}
impl Comparable<String> for &Cow<'_, str> {}

impl Comparable<Uuid> for UserId {}
impl Comparable<Uuid> for &UserId {}
impl Comparable<UserId> for Uuid {}
impl Comparable<UserId> for &Uuid {}
