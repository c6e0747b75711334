//! The metadata of a run.

use serde::Serialize;
use serde_json::{Map, Value};

/// Converts metadata to a JSON object. The error is kept until the run is stored, and reported then.
pub(crate) fn object(metadata: impl Serialize) -> Result<Map<String, Value>, String> {
    match crate::json::to_value(&metadata) {
        Ok(Value::Object(metadata)) => Ok(metadata),
        Ok(_) => Err(
            "the metadata is not a JSON object: give each value a key, as in a struct or a map"
                .to_owned(),
        ),
        Err(error) => Err(format!("the metadata cannot be written as JSON: {error}")),
    }
}
