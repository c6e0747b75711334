//! PostgREST's OpenAPI 2.0, as far as it is read here.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(super) struct Document {
    /// The version of OpenAPI. Other JSON has none.
    pub(super) swagger: Option<String>,
    pub(super) definitions: Ordered<Object>,
    pub(super) paths: Ordered<PathItem>,
}

/// A table, or the arguments of a function.
#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(super) struct Object {
    pub(super) description: Option<String>,
    pub(super) required: Vec<String>,
    pub(super) properties: Ordered<Property>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(super) struct Property {
    pub(super) description: Option<String>,
    /// The type, as `format_type` writes it.
    pub(super) format: Option<String>,
    #[serde(rename = "enum")]
    pub(super) labels: Vec<String>,
    /// `None` for a default that is an expression.
    pub(super) default: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(super) struct PathItem {
    pub(super) post: Option<Operation>,
    pub(super) patch: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(super) struct Operation {
    pub(super) parameters: Vec<Parameter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, remote = "Self")]
pub(super) struct Parameter {
    /// The schema of the body, if the parameter is not defined elsewhere.
    pub(super) schema: Option<Object>,
}

/// Reads them from objects only: serde's own impl also accepts an array for the fields of a struct.
macro_rules! read_from_objects {
    ($($name:ident),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Fields;

                impl<'de> Visitor<'de> for Fields {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("an object")
                    }

                    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
                        // The fn that serde derives, which is not the trait's.
                        $name::deserialize(MapAccessDeserializer::new(map))
                    }
                }

                deserializer.deserialize_map(Fields)
            }
        }
    )+};
}

read_from_objects!(Document, Object, Property, PathItem, Operation, Parameter);

/// A JSON object whose order matters.
#[derive(Debug, Default)]
pub(super) struct Ordered<T>(pub(super) Vec<(String, T)>);

impl<T> Ordered<T> {
    pub(super) fn get(&self, key: &str) -> Option<&T> {
        let found = self.0.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries: Vec<(String, T)> = Vec::new();
                let mut seen = HashSet::new();
                while let Some(key) = map.next_key::<String>()? {
                    let value = map.next_value()?;
                    if !seen.insert(key.clone()) {
                        let key = key.escape_debug();
                        return Err(A::Error::custom(format!("`{key}` appears twice")));
                    }
                    entries.push((key, value));
                }
                Ok(Ordered(entries))
            }
        }

        deserializer.deserialize_map(Entries(PhantomData))
    }
}
