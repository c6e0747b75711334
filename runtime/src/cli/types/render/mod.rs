//! A catalog as the text of a Rust module.

mod functions;
mod relations;
mod scope;
mod types;
mod writer;

pub(super) use self::scope::Scope;

use self::scope::{Identifiers, SchemaIdentifiers};
use self::writer::{Writer, literal};
use super::catalog::{Catalog, Field, Schema, Type};
use super::names;
use super::overrides::Overrides;
use super::rust_type::{self, Place, RustType};

const OPTIONAL: &str = r#"#[serde(default, skip_serializing_if = "Option::is_none")]"#;
const DERIVES: &str = "#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]";

/// Lints that the generated code allows, because users do not edit it.
const ALLOWED: &[&str] = &[
    "clippy::all",
    "clippy::nursery",
    "clippy::pedantic",
    "clippy::restriction",
    "dead_code",
    "missing_copy_implementations",
    "missing_docs",
    "non_upper_case_globals",
    "rustdoc::all",
    "unreachable_pub",
    "unused_qualifications",
];

/// Returns the module's text. The same catalog gives the same bytes.
pub(super) fn module(catalog: &Catalog, overrides: &Overrides) -> String {
    let identifiers = Identifiers::of(catalog);
    let mut writer = Writer::default();
    writer.line("// Made by `supabase-task gen types`; do not edit.");
    writer.line("");
    writer.line("//! The tables, views, enums and functions of the database.");
    writer.line("");
    writer.line("#![allow(");
    for (index, lint) in ALLOWED.iter().enumerate() {
        let separator = if index + 1 == ALLOWED.len() { "" } else { "," };
        writer.line(&format!("    {lint}{separator}"));
    }
    writer.line(")]");

    let schemas = catalog.schemas.iter().zip(&identifiers.schemas);
    for (index, (schema, names)) in schemas.enumerate() {
        let renderer = Renderer {
            schema,
            names,
            scope: identifiers.scope(index),
            overrides,
        };
        if catalog.schemas.len() == 1 {
            renderer.items(&mut writer);
            continue;
        }
        writer.blank();
        let usual = format!("The schema `{}`.", schema.name);
        writer.docs(schema.comment.as_deref().unwrap_or(&usual));
        writer.block(&format!("pub mod {}", names.module), |writer| {
            renderer.items(writer);
        });
    }
    writer.finish()
}

/// Writes one schema.
struct Renderer<'a> {
    schema: &'a Schema,
    names: &'a SchemaIdentifiers,
    scope: Scope<'a>,
    overrides: &'a Overrides,
}

impl Renderer<'_> {
    fn items(&self, writer: &mut Writer) {
        self.enums(writer);
        self.composites(writer);
        self.relations(writer);
        self.functions(writer);
    }

    fn rust_type(&self, r#type: &Type, place: Place) -> RustType {
        rust_type::of(r#type, place, &self.scope, self.overrides)
    }

    /// Writes a struct of values inside JSON, each of which can be NULL.
    fn nullable_struct(&self, writer: &mut Writer, name: &str, fields: &[Field]) {
        writer.line(DERIVES);
        writer.block(&format!("pub struct {name}"), |writer| {
            let names = fields.iter().map(|field| field.name.as_str());
            for (of, identifier) in fields.iter().zip(names::fields(names)) {
                docs(writer, of.comment.as_deref(), "");
                rename(writer, &identifier, &of.name);
                let r#type = self.rust_type(&of.r#type, Place::Json).text;
                field(writer, &identifier, &format!("Option<{type}>"));
            }
        });
    }
}

/// Writes `#[serde(rename = "…")]` if the field's name differs from the database's.
fn rename(writer: &mut Writer, field: &str, name: &str) {
    if names::plain(field) != name {
        writer.attribute("serde", &[format!("rename = {}", literal(name))]);
    }
}

/// Writes a public field of a struct.
fn field(writer: &mut Writer, field: &str, r#type: &str) {
    writer.broken(&format!("pub {field}:"), &format!("{type},"));
}

/// Writes the comment in the database, or else `usual`.
fn docs(writer: &mut Writer, comment: Option<&str>, usual: &str) {
    match comment {
        Some(comment) if !comment.trim().is_empty() => writer.docs(comment),
        _ => writer.docs(usual),
    }
}

#[cfg(test)]
mod tests;
