//! The fields of an object that serializes to JSON, in their order.

use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::literal::ArrayLiteral;

/// A field's value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Null,
    Text(String),
    /// A number or a boolean, as JSON writes it: no digit is lost.
    Number(&'a str),
    /// PostgreSQL's literal of an array.
    List(String),
    /// JSON.
    Object(&'a str),
}

/// Returns the fields of an object, or `None` if `json` is not an object.
pub(super) fn fields_of(json: &[u8]) -> Option<Vec<(String, Field<'_>)>> {
    serde_json::Deserializer::from_slice(json)
        .deserialize_map(Fields)
        .ok()
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, Field<'de>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = object.next_entry::<String, &'de RawValue>()? {
            let field = Field::of(value.get()).map_err(serde::de::Error::custom)?;
            fields.push((name, field));
        }
        Ok(fields)
    }
}

impl<'a> Field<'a> {
    fn of(json: &'a str) -> serde_json::Result<Self> {
        Ok(match json.as_bytes().first() {
            Some(b'n') => Self::Null,
            Some(b'"') => Self::Text(serde_json::from_str(json)?),
            Some(b'[') => {
                let mut literal = String::new();
                push_array(&mut literal, json)?;
                Self::List(literal)
            }
            Some(b'{') => Self::Object(json),
            _ => Self::Number(json),
        })
    }
}

fn push_array(literal: &mut String, json: &str) -> serde_json::Result<()> {
    let elements: Vec<&RawValue> = serde_json::from_str(json)?;
    let mut array = ArrayLiteral::begin(literal);
    for element in elements {
        let json = element.get();
        match json.as_bytes().first() {
            Some(b'n') => array.push_null(),
            Some(b'"') => array.push(&serde_json::from_str::<String>(json)?),
            Some(b'[') => array.push_array(|literal| push_array(literal, json))?,
            _ => array.push(json),
        }
    }
    array.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_value_keeps_its_text() {
        let json = br#"{"z":null,"a":"x\"\u00e9","n":1.10,"big":123456789012345678901234567890,
            "t":true,"l":[1,null,"a,b",["NULL",""],{"a":"b"}],"o":{ "k": [1] }}"#;
        let fields = fields_of(json).unwrap();
        let expected = [
            ("z", Field::Null),
            ("a", Field::Text("x\"é".to_owned())),
            ("n", Field::Number("1.10")),
            ("big", Field::Number("123456789012345678901234567890")),
            ("t", Field::Number("true")),
            (
                "l",
                Field::List(r#"{1,NULL,"a,b",{"NULL",""},"{\"a\":\"b\"}"}"#.to_owned()),
            ),
            ("o", Field::Object(r#"{ "k": [1] }"#)),
        ];
        assert_eq!(
            fields,
            expected.map(|(name, field)| (name.to_owned(), field))
        );
        assert_eq!(fields_of(b"{}").unwrap(), []);
        for json in ["null", "[]", "1", "\"a\""] {
            assert_eq!(fields_of(json.as_bytes()), None, "{json}");
        }
    }
}
