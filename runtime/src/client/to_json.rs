//! Values as JSON.

use bytes::Bytes;
use serde::Serialize;

use super::error::Failure;

/// `value` as JSON. An error calls it `what`.
pub(super) fn to_json<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<Bytes, Failure> {
    match crate::json::to_vec(value) {
        Ok(json) => Ok(json.into()),
        Err(error) => Err(not_json(what, error)),
    }
}

pub(super) fn not_json(what: &str, error: serde_json::Error) -> Failure {
    let message = format!("{what} does not serialize to JSON: {error}");
    Failure::invalid(message).with_source(error)
}
