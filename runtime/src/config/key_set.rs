//! The JSON object of named keys that Supabase's own platform sets, as `SUPABASE_SECRET_KEYS`.

use std::fmt;

use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// The key of a set to use: the one named `default`, or else the first.
pub(super) struct KeySet {
    pub(super) chosen: Option<SecretString>,
}

impl<'de> Deserialize<'de> for KeySet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeySetVisitor)
    }
}

// Not a map type, because those lose the order.
struct KeySetVisitor;

impl<'de> Visitor<'de> for KeySetVisitor {
    type Value = KeySet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of named keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<KeySet, A::Error> {
        let mut chosen = None;
        while let Some((name, key)) = entries.next_entry::<String, SecretString>()? {
            if name == "default" || chosen.is_none() {
                chosen = Some(key);
            }
        }
        Ok(KeySet { chosen })
    }
}
