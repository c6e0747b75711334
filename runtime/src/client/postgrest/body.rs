//! Bodies of writes and calls.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, Serialize};
use serde_json::value::RawValue;

use super::fields::{Field, fields_of};
use super::name::argument_key;
use super::operator::looks_like_filter;
use super::value::push_quoted;
use crate::client::error::Failure;
use crate::client::to_json::to_json;

/// The arguments of a function: `{}` if there are none.
pub(super) fn arguments<A: Serialize + ?Sized>(arguments: &A) -> Result<Bytes, Failure> {
    let json = to_json("the value", arguments)?;
    match json.first() {
        Some(b'{') => Ok(json),
        _ if json == b"null".as_slice() => Ok(Bytes::from_static(b"{}")),
        _ => Err(Failure::invalid(
            "the arguments of a function must be an object with one field for each, or `&()` for none",
        )),
    }
}

/// Returns whether one of the arguments is an object, or an array with one.
pub(super) fn has_composite_argument(json: &[u8]) -> bool {
    fn is_composite(json: &RawValue, depth: usize) -> bool {
        match json.get().as_bytes().first() {
            Some(b'{') => true,
            // PostgreSQL's arrays have 6 dimensions at most.
            Some(b'[') if depth == 6 => true,
            Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(json.get()).is_ok_and(|inner| {
                let mut inner = inner.into_iter();
                inner.any(|element| is_composite(element, depth + 1))
            }),
            _ => false,
        }
    }
    let arguments: Result<HashMap<Cow<'_, str>, &RawValue>, _> = serde_json::from_slice(json);
    arguments.is_ok_and(|arguments| {
        let mut arguments = arguments.into_values();
        arguments.any(|argument| is_composite(argument, 0))
    })
}

/// The arguments as parameters of a query, for a call by GET.
pub(super) fn arguments_in_query(json: &[u8]) -> Result<Vec<(String, String)>, Failure> {
    let fields = fields_of(json).unwrap_or_default();
    let parameter = |(name, field): (String, Field<'_>)| {
        let value = match field {
            Field::Null => "null".to_owned(),
            Field::Text(text) if looks_like_filter(&text) => {
                return Err(Failure::invalid(format!(
                    "PostgREST would read the argument `{}` as a filter, because it starts like \
                     one; call the function by POST, without `get` or `head`",
                    name.escape_debug()
                )));
            }
            Field::Text(text) => text,
            Field::Number(text) | Field::Object(text) => text.to_owned(),
            Field::List(literal) => literal,
        };
        Ok((argument_key(&name), value))
    };
    fields.into_iter().map(parameter).collect()
}

/// Returns the columns of an array's rows, in the order of their first appearance: `"a","b"`.
///
/// Without them PostgREST takes those of the first row, and refuses rows that differ.
pub(super) fn columns_of(json: &[u8]) -> Option<String> {
    if json.first() != Some(&b'[') {
        return None;
    }
    let mut columns = Columns::default();
    // The server refuses anything but an array of objects.
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
        while let Some((column, IgnoredAny)) = row.next_entry::<Cow<'de, str>, _>()? {
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
