//! A catalog from the OpenAPI that PostgREST serves.
//!
//! It describes less than the database does. Functions return any JSON, and overloads are one function. It
//! does not show which types are composite, which columns are generated, or whether a view accepts inserts,
//! updates or neither. Since PostgREST 14.8, `smallint` appears as `integer`. A default that is an
//! expression appears for text only, so columns of other types that often have such a default are not
//! required in new rows: the integers of primary keys, arrays and JSON.

mod document;

use std::collections::BTreeMap;

use self::document::{Document, Object, PathItem, Property};
use super::catalog::{
    Argument, Arguments, Catalog, Column, Enum, Function, Many, Name, OnInsert, Relation, Returns,
    Schema, Type, UNNAMED_ARGUMENT,
};
use super::error::{GenerateError, Unreadable};
use super::overrides::canonical;
use crate::auth::AuthMode;
use crate::client::Client;

/// Reads the catalog of `schemas`, as far as `client` may see it.
pub(super) async fn catalog<M: AuthMode>(
    client: &Client<M>,
    schemas: &[String],
) -> Result<Catalog, GenerateError> {
    let mut catalog = Catalog::default();
    for schema in schemas {
        let json = client.openapi(schema).await?;
        add(&mut catalog, schema, &json)?;
    }
    Ok(catalog.sorted())
}

/// Adds the schema that `json` describes.
fn add(catalog: &mut Catalog, name: &str, json: &[u8]) -> Result<(), GenerateError> {
    let document = parse(json).map_err(|problem| GenerateError::Document {
        schema: name.to_owned(),
        problem,
    })?;
    let enums = Enums::of(name, &document);
    let relations = document.definitions.0.iter().map(|(name, definition)| {
        let path = document.paths.get(&format!("/{name}"));
        relation(name, definition, path, &enums)
    });
    let mut functions = Vec::new();
    for (path, item) in &document.paths.0 {
        let Some(name) = path.strip_prefix("/rpc/") else {
            continue;
        };
        match function(name, item, &enums) {
            Ok(function) => functions.push(function),
            Err(reason) => catalog
                .left_out
                .push(format!("the function `{name}` has no types: {reason}")),
        }
    }
    catalog.schemas.push(Schema {
        name: name.to_owned(),
        comment: None,
        relations: relations.collect(),
        functions,
        composites: Vec::new(),
        enums: enums.in_schema(name),
    });
    Ok(())
}

fn parse(json: &[u8]) -> Result<Document, Unreadable> {
    let mut json = serde_json::Deserializer::from_slice(json);
    let document: Document =
        serde_path_to_error::deserialize(&mut json).map_err(|error| Unreadable::from(&error))?;
    match document.swagger.as_deref() {
        Some(version) if version.starts_with("2.") => Ok(document),
        _ => Err(Unreadable {
            place: "swagger".to_owned(),
            reason: "expected version 2 of OpenAPI, in which PostgREST describes its API"
                .to_owned(),
        }),
    }
}

/// The enums, which appear only at the columns of their types.
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
        // PostgREST writes integers this way since version 14.8, in the terms of OpenAPI.
        match format {
            "int32" => return Type::Builtin("int4".to_owned()),
            "int64" => return Type::Builtin("int8".to_owned()),
            r#""char""# => return Type::Builtin("char".to_owned()),
            _ => {}
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
        Type::Builtin(name) if matches!(name.as_str(), "json" | "jsonb") => true,
        Type::Builtin(name) => is_primary_key && matches!(name.as_str(), "int2" | "int4" | "int8"),
        _ => false,
    };
    let is_optional = is_nullable || property.default.is_some() || may_have_default;
    Column {
        name: name.to_owned(),
        comment,
        r#type,
        is_nullable,
        on_insert: match is_optional {
            true => OnInsert::Optional,
            false => OnInsert::Required,
        },
        is_updatable: true,
    }
}

/// A column's own comment, and whether PostgREST's note after it marks it as a primary key.
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

fn function(name: &str, item: &PathItem, enums: &Enums<'_>) -> Result<Function, &'static str> {
    let parameters = item.post.iter().flat_map(|post| &post.parameters);
    let object = parameters.filter_map(|given| given.schema.as_ref()).next();
    Ok(Function {
        name: name.to_owned(),
        comment: object.and_then(|object| object.description.clone()),
        arguments: object.map_or(Ok(Arguments::Named(Vec::new())), |object| {
            arguments(object, enums)
        })?,
        returns: Returns::Value(Type::Builtin("json".to_owned()), Many::One),
    })
}

fn arguments(object: &Object, enums: &Enums<'_>) -> Result<Arguments, &'static str> {
    if let [(name, only)] = object.properties.0.as_slice()
        && name.is_empty()
        && matches!(only.format.as_deref(), Some("json" | "jsonb"))
    {
        return Ok(Arguments::Body);
    }
    let mut arguments = Vec::with_capacity(object.properties.0.len());
    for (name, property) in &object.properties.0 {
        let has_default = !object.required.contains(name);
        match name.as_str() {
            "" if has_default => {}
            "" => return Err(UNNAMED_ARGUMENT),
            name => arguments.push(Argument {
                name: name.to_owned(),
                r#type: enums.r#type(property.format.as_deref().unwrap_or("json")),
                has_default,
            }),
        }
    }
    Ok(Arguments::Named(arguments))
}

/// `public.mood` or `public."Mood"`; a name without a schema belongs to `schema`.
fn qualified(format: &str, schema: &str) -> Name {
    match find_unquoted(format, '.') {
        Some(at) => Name::new(
            unquoted(&format[..at]),
            unquoted(without_modifier(&format[at + 1..])),
        ),
        None => Name::new(schema, unquoted(without_modifier(format))),
    }
}

/// `vector` of `vector(3)`.
fn without_modifier(name: &str) -> &str {
    find_unquoted(name, '(').map_or(name, |at| name[..at].trim_end())
}

/// Returns where a character is outside of quotes.
fn find_unquoted(name: &str, wanted: char) -> Option<usize> {
    let mut is_quoted = false;
    name.find(|c| {
        is_quoted ^= c == '"';
        c == wanted && !is_quoted
    })
}

fn unquoted(name: &str) -> String {
    let inner = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace("\"\"", "\""))
}

#[cfg(test)]
mod tests;
