//! [`TaskPayload`]: the payload of a task, stored between trigger and run.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// A type that can be the payload of a task: anything that serde can serialize as JSON and deserialize.
///
/// Implemented for every `Serialize + DeserializeOwned` type. These are not supertraits, so that a type
/// without the derives gives one readable compile error instead of one of serde's for each trait.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the payload of a task: it must be `Serialize` and `Deserialize`",
    label = "a payload is stored as JSON and read back",
    note = "put `#[derive(serde::Serialize, serde::Deserialize)]` on it, and let it own its data"
)]
pub trait TaskPayload: Sized {
    /// Parses a payload. The error names the invalid field.
    #[doc(hidden)]
    fn from_json(value: Value) -> Result<Self, serde_path_to_error::Error<serde_json::Error>>;

    /// Parses a payload from JSON text.
    #[doc(hidden)]
    fn from_text(text: &str) -> Result<Self, serde_path_to_error::Error<serde_json::Error>>;

    /// Serializes the payload for storage.
    #[doc(hidden)]
    fn to_raw(&self) -> Result<Box<RawValue>, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> TaskPayload for T {
    fn from_json(value: Value) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
        serde_path_to_error::deserialize(value)
    }

    fn from_text(text: &str) -> Result<Self, serde_path_to_error::Error<serde_json::Error>> {
        let mut text = serde_json::Deserializer::from_str(text);
        serde_path_to_error::deserialize(&mut text)
    }

    fn to_raw(&self) -> Result<Box<RawValue>, serde_json::Error> {
        crate::json::to_raw_value(self)
    }
}
