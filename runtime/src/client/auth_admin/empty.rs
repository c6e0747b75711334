//! Texts that Auth leaves empty.

use serde::{Deserialize, Deserializer};

// Auth writes `""` for what it does not know.
pub(super) fn none_if_empty<'de, D: Deserializer<'de>>(
    text: D,
) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(text)?;
    Ok(text.filter(|text| !text.is_empty()))
}
