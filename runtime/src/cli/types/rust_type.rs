//! The Rust types of the database's values.

use super::catalog::{Name, Type};
use super::overrides::Overrides;
use super::render::Scope;

/// Where a value appears. The JSON of a PostgreSQL type depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A column of rows that are read: the select list can cast it.
    Column,
    /// Inside JSON that PostgreSQL writes, where nothing can be cast.
    Json,
    /// A value that is sent.
    Sent,
}

/// A Rust type, and the type that the select list casts its column to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RustType {
    pub(super) text: String,
    pub(super) cast: Option<&'static str>,
}

impl RustType {
    fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            cast: None,
        }
    }

    fn value() -> Self {
        Self::new("supabase_task::client::types::Value")
    }
}

/// The Rust type of `type`, as `scope` names it.
pub(super) fn of(
    r#type: &Type,
    place: Place,
    scope: &Scope<'_>,
    overrides: &Overrides,
) -> RustType {
    if let Some(given) = overrides.of(r#type) {
        let is_cast = given.as_text && place == Place::Column;
        return RustType {
            text: given.rust_type.clone(),
            cast: is_cast.then_some(TEXT),
        };
    }
    match r#type {
        Type::Builtin(name) => builtin(name, place),
        Type::Enum(name) => scope.path(name).map_or_else(text, RustType::new),
        Type::Composite(name) => scope.path(name).map_or_else(RustType::value, RustType::new),
        // The columns of a nested row cannot be cast as its own type requires.
        Type::Row(_) => RustType::value(),
        Type::Domain(_, base) => of(base, place, scope, overrides),
        Type::Array(element) => {
            if is_array(element) {
                return RustType::new("Vec<supabase_task::client::types::Value>");
            }
            // PostgREST accepts no brackets in a cast, so elements are not cast.
            let element = of(element, Place::Json, scope, overrides);
            RustType::new(format!("Vec<{}>", element.text))
        }
        Type::Unknown(name) => extension(name),
    }
}

const TEXT: &str = "text";

fn text() -> RustType {
    RustType::new("String")
}

fn builtin(name: &str, place: Place) -> RustType {
    match name {
        "int2" => RustType::new("i16"),
        "int4" => RustType::new("i32"),
        "int8" => RustType::new("i64"),
        "float4" => RustType::new("f32"),
        "float8" => RustType::new("f64"),
        "bool" => RustType::new("bool"),
        "uuid" => RustType::new("supabase_task::client::types::Uuid"),
        "json" | "jsonb" | "record" => RustType::value(),
        "void" => RustType::new("()"),
        "numeric" if place == Place::Json => RustType::new("supabase_task::client::types::Numeric"),
        "numeric" | "money" if place == Place::Column => RustType {
            cast: Some(TEXT),
            ..text()
        },
        // PostgreSQL writes all others in their text form.
        _ => text(),
    }
}

/// Some types of extensions are written in their text form; others may be any JSON.
fn extension(name: &Name) -> RustType {
    match name.name.as_str() {
        "citext" | "ltree" | "lquery" | "vector" | "halfvec" | "sparsevec" => text(),
        _ => RustType::value(),
    }
}

fn is_array(r#type: &Type) -> bool {
    match r#type {
        Type::Array(_) => true,
        Type::Domain(_, base) => is_array(base),
        _ => false,
    }
}
