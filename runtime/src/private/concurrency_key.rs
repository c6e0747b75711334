//! [`ConcurrencyKey`]: the types that `concurrency_key = …` accepts.

use std::fmt::Display;

/// A value that is compared as text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a concurrency key, which is written as text",
    label = "the key is of type `{Self}`",
    note = "the type of a key implements `Display`, as `UserId`, `String` and numbers do",
    note = "every run has a key: for an optional value write what stands for none, as in `payload.team.as_deref().unwrap_or(\"none\")`"
)]
pub trait ConcurrencyKey {
    /// Returns the key as text.
    fn to_key(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> ConcurrencyKey for T {
    fn to_key(&self) -> String {
        self.to_string()
    }
}
