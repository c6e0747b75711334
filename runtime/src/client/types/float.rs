//! [`Float`]: a floating-point number that may be NaN or infinite.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::client::FilterValue;

/// A PostgreSQL `float8` or `float4`, with `NaN`, `Infinity` and `-Infinity`.
///
/// JSON has no such numbers: PostgREST writes them as strings, which cannot be read as an `f64`, and writing
/// such an `f64` is an error. Use this type for a column that may hold them:
///
/// ```
/// use supabase_task::client::types::Float;
///
/// #[derive(serde::Deserialize)]
/// struct Reading { celsius: Option<Float> }
///
/// let reading: Reading = serde_json::from_str(r#"{"celsius":"NaN"}"#)?;
/// assert!(reading.celsius.is_some_and(|celsius| celsius.get().is_nan()));
/// assert_eq!(serde_json::to_string(&Float::from(21.5))?, "21.5");
/// assert_eq!(serde_json::to_string(&Float::from(f64::INFINITY))?, "\"Infinity\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// It can only be read from JSON, and not inside `#[serde(flatten)]` or an untagged enum.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Float(f64);

impl Float {
    /// Returns the number.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// Returns the number, unless it is NaN or infinite.
    pub fn finite(self) -> Option<f64> {
        Some(self.0).filter(|number| number.is_finite())
    }

    /// PostgreSQL's name for the value, if JSON has no number for it.
    fn name(self) -> Option<&'static str> {
        match self.0 {
            number if number.is_nan() => Some("NaN"),
            f64::INFINITY => Some("Infinity"),
            f64::NEG_INFINITY => Some("-Infinity"),
            _ => None,
        }
    }
}

impl From<f64> for Float {
    fn from(number: f64) -> Self {
        Self(number)
    }
}

impl From<f32> for Float {
    fn from(number: f32) -> Self {
        Self(number.into())
    }
}

impl From<Float> for f64 {
    fn from(number: Float) -> Self {
        number.0
    }
}

/// Writes the number as PostgreSQL does.
impl fmt::Display for Float {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl Serialize for Float {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.name() {
            Some(name) => serializer.serialize_str(name),
            None => serializer.serialize_f64(self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Float {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // With serde_json's feature `arbitrary_precision`, which another crate may turn on, `deserialize_any`
        // reads a number as a map.
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let number = match raw.get() {
            "\"NaN\"" => Some(f64::NAN),
            "\"Infinity\"" => Some(f64::INFINITY),
            "\"-Infinity\"" => Some(f64::NEG_INFINITY),
            json if json.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => {
                // `1e400` is a number, but too large.
                json.parse().ok().filter(|number: &f64| number.is_finite())
            }
            _ => None,
        };
        // The value itself is the user's data, so it is not quoted.
        let expected = "expected a number, \"NaN\", \"Infinity\" or \"-Infinity\"";
        number.map(Self).ok_or_else(|| D::Error::custom(expected))
    }
}

impl FilterValue for Float {
    fn write_to(&self, text: &mut String) {
        match self.name() {
            Some(name) => text.push_str(name),
            None => self.0.write_to(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn another_text_is_an_error_that_does_not_quote_it() {
        for json in [
            "\"private\"",
            "\"nan\"",
            "\"1.5\"",
            "[1]",
            "true",
            "null",
            "1e400",
        ] {
            let error = serde_json::from_str::<Float>(json).unwrap_err();
            assert!(!error.to_string().contains("private"), "{error}");
        }
        assert_eq!(serde_json::from_str::<Option<Float>>("null").unwrap(), None);
    }

    proptest! {
        #[test]
        fn every_number_is_read_as_it_was_written(number in proptest::num::f64::ANY) {
            let json = crate::json::to_vec(&Float(number)).unwrap();
            let read: Float = serde_json::from_slice(&json).unwrap();
            prop_assert!(read.0 == number || read.0.is_nan() && number.is_nan());
            let mut filter = String::new();
            Float(number).write_to(&mut filter);
            let read: f64 = filter.parse().unwrap();
            prop_assert!(read == number || read.is_nan() && number.is_nan());
        }
    }
}
