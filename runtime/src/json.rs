//! Values as JSON, which has no NaN and no infinities.
//!
//! serde_json silently writes them as `null`, which would clear a column. Here they are an error that
//! names the place.

mod finite;

use serde::Serialize;
use serde::ser::Error as _;
use serde_json::value::RawValue;
use serde_json::{Error, Value};

pub(crate) fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_string(value)?;
    check(value, &json)?;
    Ok(json.into_bytes())
}

pub(crate) fn to_raw_value<T: Serialize + ?Sized>(value: &T) -> Result<Box<RawValue>, Error> {
    let json = serde_json::value::to_raw_value(value)?;
    check(value, json.get())?;
    Ok(json)
}

pub(crate) fn to_value<T: Serialize + ?Sized>(value: &T) -> Result<Value, Error> {
    let json = serde_json::to_value(value)?;
    check(value, "null")?;
    Ok(json)
}

/// Checks that no number was written as `null`.
fn check<T: Serialize + ?Sized>(value: &T, json: &str) -> Result<(), Error> {
    // Most JSON has no `null`, so there is nothing to look for.
    if !json.contains("null") {
        return Ok(());
    }
    match finite::first_not_finite(value) {
        None => Ok(()),
        Some((path, number)) => Err(Error::custom(format!(
            "{path} is {number}, which JSON cannot hold: give a finite number, `None`, or the text \
             that PostgreSQL takes (`\"{number}\"`)",
            number = words(number)
        ))),
    }
}

/// The number as PostgreSQL writes it.
fn words(number: f64) -> &'static str {
    match number {
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => "NaN",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Reading {
        id: u64,
        note: Option<String>,
        values: Vec<f64>,
        nested: BTreeMap<String, Kind>,
    }

    #[derive(Clone, Debug, Serialize)]
    enum Kind {
        Unit,
        Newtype(f32),
        Tuple(u8, f64),
        Struct { low: f64, high: Option<f64> },
    }

    fn message<T: Serialize>(value: &T) -> String {
        let error = to_vec(value).unwrap_err().to_string();
        assert_eq!(to_raw_value(value).unwrap_err().to_string(), error);
        assert_eq!(to_value(value).unwrap_err().to_string(), error);
        error
    }

    #[test]
    fn a_number_that_json_cannot_hold_is_named() {
        let mut reading = Reading {
            id: 1,
            note: None,
            values: vec![1.0, f64::NAN],
            nested: BTreeMap::new(),
        };
        assert!(message(&reading).starts_with("`values[1]` is NaN, which JSON cannot hold"));
        reading.values.pop();
        assert_eq!(to_value(&reading).unwrap()["note"], json!(null));
        let kinds = [
            (
                Kind::Newtype(f32::INFINITY),
                "`nested.a b.Newtype` is Infinity",
            ),
            (
                Kind::Tuple(1, f64::NEG_INFINITY),
                "`nested.a b.Tuple[1]` is -Infinity",
            ),
            (
                Kind::Struct {
                    low: 0.0,
                    high: Some(f64::NAN),
                },
                "`nested.a b.Struct.high` is NaN",
            ),
        ];
        for (kind, expected) in kinds {
            reading.nested =
                BTreeMap::from([("0".to_owned(), Kind::Unit), ("a b".to_owned(), kind)]);
            let message = message(&reading);
            assert!(message.starts_with(expected), "{message}");
        }
        assert!(message(&f64::NAN).starts_with("the value is NaN"));
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => -1e9..1e9,
            1 => Just(f64::NAN),
            1 => Just(f64::INFINITY),
            1 => Just(f64::NEG_INFINITY),
        ]
    }

    fn kind() -> impl Strategy<Value = Kind> {
        prop_oneof![
            Just(Kind::Unit),
            number().prop_map(|number| Kind::Newtype(number as f32)),
            (any::<u8>(), number()).prop_map(|(first, second)| Kind::Tuple(first, second)),
            (number(), prop::option::of(number()))
                .prop_map(|(low, high)| Kind::Struct { low, high }),
        ]
    }

    impl Kind {
        fn is_finite(&self) -> bool {
            match self {
                Self::Unit => true,
                Self::Newtype(number) => number.is_finite(),
                Self::Tuple(_, number) => number.is_finite(),
                Self::Struct { low, high } => {
                    low.is_finite() && high.is_none_or(|high| high.is_finite())
                }
            }
        }
    }

    proptest! {
        /// The output equals serde_json's, and it is an error if and only if a number would be lost.
        #[test]
        fn no_number_is_lost_and_none_is_refused(
            note in prop::option::of("null|.*"),
            values in prop::collection::vec(number(), 0..4),
            nested in prop::collection::btree_map(".*", kind(), 0..4),
        ) {
            let is_finite = values.iter().all(|value| value.is_finite())
                && nested.values().all(Kind::is_finite);
            let reading = Reading { id: 1, note, values, nested };
            let plain = serde_json::to_vec(&reading).unwrap();
            match to_vec(&reading) {
                Ok(json) => {
                    prop_assert!(is_finite);
                    prop_assert_eq!(json, plain);
                }
                Err(error) => prop_assert!(!is_finite, "{}", error),
            }
        }
    }
}
