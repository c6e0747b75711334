//! The options of `#[row(…)]`, on the struct and on its fields.

use proc_macro2::{Span, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta};

use super::values::{Cast, ColumnPath, Relation, SchemaName, TableName};
use crate::errors::Errors;
use crate::options::{Given, options, parse_list, parse_option};
use crate::suggest;
use crate::values::CratePath;

options! {
    /// The options on the struct, each at most once.
    pub(crate) struct StructOptions {
        /// The table or view, instead of the struct's name.
        "table" => table: TableName,
        /// Its schema, instead of `public`.
        "schema" => schema: SchemaName,
        /// The path of the runtime crate, if it was renamed.
        "crate" => crate_path: CratePath,
    }
}

options! {
    /// The options on a field, each at most once.
    pub(crate) struct FieldOptions {
        /// The column, if its name is not the field's.
        "column" => column: ColumnPath,
        /// The type that the server casts it to.
        "cast" => cast: Cast,
        /// The field holds rows of a related table.
        "embed" => embed: Relation,
    }
}

/// Common wrong names of options, and what to write instead.
const STRUCT_SYNONYMS: &[(&str, &str)] = &[
    ("name", "write `table = \"…\"`"),
    ("table_name", "write `table = \"…\"`"),
    (
        "view",
        "write `table = \"…\"`: a view is read as a table is",
    ),
    ("from", "write `table = \"…\"`"),
    ("column", "`column` goes on a field"),
    ("cast", "`cast` goes on a field"),
    ("embed", "`embed` goes on a field"),
    (
        "rename_all",
        "write `#[serde(rename_all = \"…\")]`, which `Row` reads too",
    ),
];

const FIELD_SYNONYMS: &[(&str, &str)] = &[
    ("name", "write `column = \"…\"`"),
    ("rename", "write `column = \"…\"`"),
    ("type", "write `cast = \"…\"`"),
    ("path", "write `column = \"meta->>city\"`"),
    ("json", "write `column = \"meta->>city\"`"),
    ("skip", "write `#[serde(skip)]`, which `Row` reads too"),
    ("default", "write `#[serde(default)]`"),
    (
        "flatten",
        "write the fields of the other struct here, or `embed` if it is a row of a related table",
    ),
    ("table", "write `embed = \"…\"` for rows of a related table"),
    ("relation", "write `embed = \"…\"`"),
    ("references", "write `embed = \"…\"`"),
    ("join", "write `embed = \"…\"`"),
    ("schema", "`schema` goes on the struct"),
    ("crate", "`crate` goes on the struct"),
];

impl StructOptions {
    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        parse_all(attributes, errors, "table = \"todos\"", |key, input| {
            let outcome = options.parse_one(key, input);
            outcome.unwrap_or_else(|| Err(unknown(key, Self::NAMES, STRUCT_SYNONYMS)))
        });
        options
    }
}

impl FieldOptions {
    pub(crate) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut options = Self::default();
        parse_all(
            attributes,
            errors,
            "column = \"created_at\"",
            |key, input| {
                if let Some(outcome) = options.parse_one(key, input) {
                    return outcome;
                }
                // A field that was meant as an embed is treated as one.
                let name = key.to_string();
                let related = ["relation", "references", "join", "table"].contains(&name.as_str());
                if related || suggest::nearest(&name, Self::NAMES) == Some("embed") {
                    let key = key.span();
                    options.embed.get_or_insert(Given { key, value: None });
                }
                Err(unknown(key, Self::NAMES, FIELD_SYNONYMS))
            },
        );
        options
    }

    /// The first option that is given, if any.
    pub(crate) fn first(&self) -> Option<Span> {
        let column = self.column.as_ref().map(|given| given.key);
        let cast = self.cast.as_ref().map(|given| given.key);
        let embed = self.embed.as_ref().map(|given| given.key);
        column.or(cast).or(embed)
    }
}

/// Parses every option in every `#[row(…)]`, and goes on after a mistake.
fn parse_all(
    attributes: &[Attribute],
    errors: &mut Errors,
    example: &str,
    mut parse_one: impl FnMut(&syn::Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    for attribute in attributes.iter().filter(|a| a.path().is_ident("row")) {
        let Meta::List(list) = &attribute.meta else {
            errors.on(
                attribute,
                format!("write the options in parentheses: `#[row({example})]`"),
            );
            continue;
        };
        let result = (|input: ParseStream<'_>| {
            parse_list(input, errors, |input| {
                let wrong = |token: &TokenTree| {
                    format!("expected an option such as `{example}`, found `{token}`")
                };
                parse_option(input, wrong, &mut parse_one)
            })
        })
        .parse2(list.tokens.clone());
        if let Err(error) = result {
            errors.push(error);
        }
    }
}

fn unknown(key: &syn::Ident, names: &[&str], synonyms: &[(&str, &str)]) -> syn::Error {
    let name = key.to_string();
    let options = suggest::list(names);
    let message = if let Some((_, remedy)) = synonyms.iter().find(|(synonym, _)| *synonym == name) {
        format!("unknown option `{name}`: {remedy}")
    } else if let Some(near) = suggest::nearest(&name, names) {
        format!("unknown option `{name}`; did you mean `{near}`? (options: {options})")
    } else {
        format!("unknown option `{name}` (options: {options})")
    };
    syn::Error::new(key.span(), message)
}
