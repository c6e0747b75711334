//! [`Numeric`]: a number with all the digits that PostgreSQL gave it.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::client::FilterValue;

/// A PostgreSQL `numeric` in its text form, such as `12.3400`, `NaN` or `-Infinity`.
///
/// It is read from a string, or from a JSON number without conversion to a float, so that no digit is
/// lost. It is written as a string, which PostgreSQL accepts as a `numeric`. Numbers that are equal
/// except for their zeros (`1.0`, `1.00`) are not equal here. To calculate with it, parse it into a
/// number type of your choice:
///
/// ```
/// use supabase_task::client::types::Numeric;
///
/// let exact: Numeric = serde_json::from_str("12345678901234567890.1200")?;
/// assert_eq!(exact.as_str(), "12345678901234567890.1200");
///
/// let price: f64 = Numeric::from("12.50").as_str().parse()?;
/// assert_eq!(price, 12.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It can only be read from JSON, and not inside `#[serde(flatten)]` or an untagged enum.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Numeric(String);

impl Numeric {
    /// Returns the number as PostgreSQL writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Numeric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let json = raw.get();
        match json.as_bytes().first() {
            Some(b'"') => serde_json::from_str(json)
                .map(Self)
                .map_err(D::Error::custom),
            Some(b'-' | b'0'..=b'9') => Ok(Self(json.to_owned())),
            // The value itself is the user's data, so it is not quoted.
            _ => Err(D::Error::custom("expected a number")),
        }
    }
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for Numeric {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FilterValue for Numeric {
    fn write_to(&self, text: &mut String) {
        text.push_str(&self.0);
    }
}

/// Accepts any text: PostgreSQL rejects a text that is not a number.
impl From<String> for Numeric {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Accepts any text: PostgreSQL rejects a text that is not a number.
impl From<&str> for Numeric {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

macro_rules! numeric_from {
    ($($integer:ty),+) => {$(
        impl From<$integer> for Numeric {
            fn from(number: $integer) -> Self {
                Self(number.to_string())
            }
        }
    )+};
}

numeric_from!(i16, i32, i64, i128, u8, u16, u32, u64, u128);

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_digit_is_kept_from_numbers_and_strings() {
        for (json, text) in [
            ("12.3400", "12.3400"),
            ("-0.10", "-0.10"),
            ("12345678901234567890123.5", "12345678901234567890123.5"),
            ("\"NaN\"", "NaN"),
            ("\"1.50\"", "1.50"),
        ] {
            let numeric: Numeric = serde_json::from_str(json).unwrap();
            assert_eq!(numeric.as_str(), text);
            let row: Vec<Option<Numeric>> = serde_json::from_str(&format!("[{json}]")).unwrap();
            assert_eq!(row, [Some(text.into())]);
        }
        let written = serde_json::to_value(Numeric::from(7)).unwrap();
        assert_eq!(written, json!("7"));
        let from_value: Numeric = serde_json::from_value(json!(2)).unwrap();
        assert_eq!(from_value, 2.into());
    }

    #[test]
    fn what_is_no_number_is_an_error_that_does_not_quote_it() {
        for json in ["{\"a\":1}", "[1]", "true"] {
            let value: Value = serde_json::from_str(json).unwrap();
            let error = serde_json::from_value::<Numeric>(value).unwrap_err();
            assert!(error.to_string().contains("expected a number"), "{error}");
        }
        let null: Option<Numeric> = serde_json::from_str("null").unwrap();
        assert_eq!(null, None);
    }
}
