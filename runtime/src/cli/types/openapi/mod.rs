//! A catalog from the OpenAPI that PostgREST serves.
//!
//! It tells less than the database does. What functions return is any JSON; overloads are one
//! function; which types are composite is not told, nor which columns are generated. A default that
//! is an expression is told for text alone, so that columns of other types which often have such a
//! one are not required in new rows: the integers of primary keys, arrays and JSON.

mod document;

use std::collections::BTreeMap;

use self::document::{Document, Object, PathItem, Property};
use super::GenerateError;
use super::catalog::{
    Argument, Arguments, Catalog, Column, Enum, Function, Many, Name, OnInsert, Relation, Returns,
    Schema, Type,
};
use super::overrides::canonical;
use crate::auth::AuthMode;
use crate::client::Client;

/// What is in `schemas` as `client` may see it.
pub(super) async fn catalog<M: AuthMode>(
    client: &Client<M>,
    schemas: &[String],
) -> Result<Catalog, GenerateError> {
    let mut catalog = Catalog::default();
    for schema in schemas {
        let document = client.openapi(schema).await?;
        catalog.schemas.push(read(schema, &document));
    }
    Ok(catalog.sorted())
}

fn read(name: &str, document: &Document) -> Schema {
    let enums = Enums::of(name, document);
    let relations = document.definitions.0.iter().map(|(name, definition)| {
        let path = document.paths.get(&format!("/{name}"));
        relation(name, definition, path, &enums)
    });
    let functions = document.paths.0.iter().filter_map(|(path, item)| {
        let name = path.strip_prefix("/rpc/")?;
        Some(function(name, item, &enums))
    });
    Schema {
        name: name.to_owned(),
        comment: None,
        relations: relations.collect(),
        functions: functions.collect(),
        composites: Vec::new(),
        enums: enums.in_schema(name),
    }
}

/// Enums are told where a column is of one.
struct Enums<'a> {
    schema: &'a str,
    labels: BTreeMap<Name, Vec<String>>,
}

impl<'a> Enums<'a> {
    fn of(schema: &'a str, document: &Document) -> Self {
        let definitions = document.definitions.0.iter();
        let properties = definitions.flat_map(|(_, definition)| &definition.properties.0);
        let labels = properties
            .filter(|(_, property)| !property.labels.is_empty())
            .filter_map(|(_, property)| {
                let format = property.format.as_deref()?;
                Some((qualified(format, schema), property.labels.clone()))
            })
            .collect();
        Self { schema, labels }
    }

    fn in_schema(&self, schema: &str) -> Vec<Enum> {
        self.labels
            .iter()
            .filter(|(name, _)| name.schema == schema)
            .map(|(name, labels)| Enum {
                name: name.name.clone(),
                comment: None,
                labels: labels.clone(),
            })
            .collect()
    }

    fn r#type(&self, format: &str) -> Type {
        if let Some(element) = format.strip_suffix("[]") {
            return Type::Array(Box::new(self.r#type(element)));
        }
        let name = qualified(format, self.schema);
        if self.labels.contains_key(&name) {
            Type::Enum(name)
        } else if format.contains('.') || format.starts_with('"') {
            Type::Unknown(name)
        } else {
            Type::Builtin(canonical(format))
        }
    }
}

fn relation(
    name: &str,
    definition: &Object,
    path: Option<&PathItem>,
    enums: &Enums<'_>,
) -> Relation {
    let is_insertable = path.is_some_and(|path| path.post.is_some());
    let columns = definition.properties.0.iter().map(|(name, property)| {
        let is_nullable = !definition.required.contains(name);
        column(name, property, is_nullable, enums)
    });
    Relation {
        name: name.to_owned(),
        comment: definition.description.clone(),
        is_view: !is_insertable,
        columns: columns.collect(),
        is_insertable,
        is_updatable: path.is_some_and(|path| path.patch.is_some()),
    }
}

fn column(name: &str, property: &Property, is_nullable: bool, enums: &Enums<'_>) -> Column {
    let r#type = enums.r#type(property.format.as_deref().unwrap_or("json"));
    let (comment, is_primary_key) = comment(property.description.as_deref());
    let may_have_default = match &r#type {
        Type::Array(_) => true,
        Type::Builtin(name) => match name.as_str() {
            "json" | "jsonb" => true,
            "int2" | "int4" | "int8" => is_primary_key,
            _ => false,
        },
        _ => false,
    };
    let is_optional = is_nullable || property.default.is_some() || may_have_default;
    Column {
        name: name.to_owned(),
        comment,
        r#type,
        is_nullable,
        on_insert: if is_optional {
            OnInsert::Optional
        } else {
            OnInsert::Required
        },
        is_updatable: true,
    }
}

/// A column's own comment, and whether PostgREST's note behind it says that it is a primary key.
fn comment(description: Option<&str>) -> (Option<String>, bool) {
    let Some(description) = description else {
        return (None, false);
    };
    let (own, note) = match description.rfind("Note:\n") {
        Some(at) => description.split_at(at),
        None => (description, ""),
    };
    let is_primary_key = note.contains("<pk/>");
    if !is_primary_key && !note.contains("<fk table=") {
        return (Some(description.to_owned()), false);
    }
    let own = own.trim();
    ((!own.is_empty()).then(|| own.to_owned()), is_primary_key)
}

fn function(name: &str, item: &PathItem, enums: &Enums<'_>) -> Function {
    let parameters = item.post.iter().flat_map(|post| &post.parameters);
    let object = parameters.filter_map(|given| given.schema.as_ref()).next();
    let arguments = match object.map(|object| object.properties.0.as_slice()) {
        Some([(name, _)]) if name.is_empty() => Arguments::Body,
        properties => Arguments::Named(
            properties
                .unwrap_or_default()
                .iter()
                .map(|(name, property)| Argument {
                    name: name.clone(),
                    r#type: enums.r#type(property.format.as_deref().unwrap_or("json")),
                    has_default: object.is_some_and(|object| !object.required.contains(name)),
                })
                .collect(),
        ),
    };
    Function {
        name: name.to_owned(),
        comment: object.and_then(|object| object.description.clone()),
        arguments,
        returns: Returns::Value(Type::Builtin("json".to_owned()), Many::One),
    }
}

/// `public.mood` or `public."Mood"`; a name without a schema is of `schema`.
fn qualified(format: &str, schema: &str) -> Name {
    let mut is_quoted = false;
    let dot = format.find(|c| {
        is_quoted ^= c == '"';
        c == '.' && !is_quoted
    });
    match dot {
        Some(at) => Name::new(unquoted(&format[..at]), unquoted(&format[at + 1..])),
        None => Name::new(schema, unquoted(format)),
    }
}

fn unquoted(name: &str) -> String {
    let inner = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests;
