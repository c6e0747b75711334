//! Bodies of writes and calls.

use std::collections::HashSet;
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};

use super::value::push_quoted;
use crate::client::error::Failure;

/// Rows to write, and the `columns` parameter if there are several.
pub(super) struct Rows {
    pub(super) json: Bytes,
    pub(super) columns: Option<String>,
}

/// A value as JSON.
pub(super) fn json<B: Serialize + ?Sized>(value: &B) -> Result<Bytes, Failure> {
    encoded(serde_json::to_vec(value))
}

/// The arguments of a function: `{}` where there are none.
pub(super) fn arguments<A: Serialize + ?Sized>(arguments: &A) -> Result<Bytes, Failure> {
    let json = json(arguments)?;
    Ok(if json == b"null".as_slice() {
        Bytes::from_static(b"{}")
    } else {
        json
    })
}

/// One row or several.
pub(super) fn rows<B: Serialize + ?Sized>(rows: &B) -> Result<Rows, Failure> {
    let json = json(rows)?;
    let columns = columns_of(&json);
    Ok(Rows { json, columns })
}

fn encoded(json: Result<Vec<u8>, serde_json::Error>) -> Result<Bytes, Failure> {
    json.map(Bytes::from).map_err(|error| {
        let message = format!("the value does not serialize to JSON: {error}");
        Failure::invalid(message).with_source(error)
    })
}

/// `"a","b"`: the columns of an array's rows in the order they are first seen.
///
/// Without them PostgREST takes those of the first row, and refuses rows that differ.
fn columns_of(json: &[u8]) -> Option<String> {
    if json.first() != Some(&b'[') {
        return None;
    }
    let mut columns = Columns::default();
    // What is not an array of objects is for the server to refuse.
    serde_json::Deserializer::from_slice(json)
        .deserialize_seq(&mut columns)
        .ok()?;
    (!columns.seen.is_empty()).then_some(columns.list)
}

#[derive(Default)]
struct Columns {
    seen: HashSet<String>,
    list: String,
}

impl<'de> Visitor<'de> for &mut Columns {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while rows.next_element_seed(&mut *self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<(), A::Error> {
        while let Some((column, IgnoredAny)) = row.next_entry::<std::borrow::Cow<'de, str>, _>()? {
            if self.seen.contains(column.as_ref()) {
                continue;
            }
            if !self.list.is_empty() {
                self.list.push(',');
            }
            push_quoted(&mut self.list, &column);
            self.seen.insert(column.into_owned());
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Columns {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, row: D) -> Result<(), D::Error> {
        row.deserialize_map(self)
    }
}
