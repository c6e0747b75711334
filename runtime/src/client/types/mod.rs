//! The types that generated code uses, so that the generated module only needs this crate and serde.
//! See `supabase_task::cli` (feature `cli`), which generates it.

mod float;
mod numeric;

use serde::{Deserialize, Deserializer};

/// Any JSON: the type of `json` and `jsonb` columns, and of values that have no type of their own.
pub use serde_json::Value;
/// A UUID.
pub use uuid::Uuid;

pub use self::float::Float;
pub use self::numeric::Numeric;

/// For `#[serde(deserialize_with)]` on an `Option<Option<T>>`: reads `null` as `Some(None)`.
///
/// In the changes of an update, a field that is left out keeps the column's value, and a `null`
/// clears it. serde by itself would read both as `None`.
///
/// ```
/// use supabase_task::client::types::nullable;
///
/// #[derive(Debug, PartialEq, serde::Deserialize)]
/// struct TodosUpdate {
///     #[serde(default, deserialize_with = "nullable")]
///     note: Option<Option<String>>,
/// }
///
/// let note = |json| serde_json::from_str::<TodosUpdate>(json).map(|update| update.note);
/// assert_eq!(note("{}")?, None);
/// assert_eq!(note(r#"{"note":null}"#)?, Some(None));
/// assert_eq!(note(r#"{"note":"call"}"#)?, Some(Some("call".to_owned())));
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// If a value that is not `null` cannot be read as `T`.
pub fn nullable<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}
