//! [`TaskPayload`]: what can be stored between trigger and run.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

/// What a task can be run with: anything serde can write as JSON and read back.
///
/// Implemented for every `Serialize + DeserializeOwned` type. These are no supertraits, so that a
/// type without its derives is one error, in the words below, and not one of serde's for each.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the payload of a task: it must be `Serialize` and `Deserialize`",
    label = "a payload is stored as JSON and read back",
    note = "put `#[derive(serde::Serialize, serde::Deserialize)]` on it, and let it own its data"
)]
pub trait TaskPayload: Sized {
    /// Reads a payload back. The error knows the field that is wrong.
    #[doc(hidden)]
    fn from_json(value: Value) -> Result<Self, serde_path_to_error::Error<serde_json::Error>>;

    /// Reads a payload back from its text.
    #[doc(hidden)]
    fn from_text(text: &str) -> Result<Self, serde_path_to_error::Error<serde_json::Error>>;

    /// The payload as it is stored.
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
