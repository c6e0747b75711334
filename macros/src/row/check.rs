//! Turns a struct into a [`Row`]. Mistakes go to the errors; the row keeps what is valid.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericArgument, GenericParam, Generics, Ident, ItemStruct, PathArguments, Type};

use super::case::{Case, table_of};
use super::model::{Field, Row, Selects};
use super::names;
use super::options::{FieldOptions, StructOptions};
use super::serde::{Container, Member};
use crate::check::{plain_name, plain_type};
use crate::errors::Errors;
use crate::options::Given;

pub(crate) fn check<'a>(item: &'a ItemStruct, errors: &mut Errors) -> Row<'a> {
    let options = StructOptions::parse(&item.attrs, errors);
    let container = Container::read(&item.attrs);
    generics(&item.generics, errors);
    if let Some((place, word)) = container.other_shape {
        errors.at(
            place,
            format!(
                "a row selects its fields, and with `{word}` serde does not read them: put \
                 `#[derive(Row)]` on the struct that serde reads"
            ),
        );
    }
    let before = errors.count();
    let mut fields = Vec::new();
    let mut keys = HashSet::new();
    for written in &item.fields {
        let options = FieldOptions::parse(&written.attrs, errors);
        let member = Member::read(&written.attrs);
        let Some(name) = &written.ident else { continue };
        if member.skipped {
            if let Some(place) = options.first() {
                errors.at(
                    place,
                    "serde skips this field, so it has no column: remove `#[row(…)]` or the skip",
                );
            }
            continue;
        }
        let case = container.rename_all.unwrap_or(Case::Unchanged);
        let key = member
            .rename
            .clone()
            .unwrap_or_else(|| case.apply(&plain_name(name)));
        if !keys.insert(key.clone()) {
            errors.at(
                name.span(),
                format!("another field is `{key}` in JSON already: rename one of the two"),
            );
        }
        let wrong = errors.count();
        let selects = selects(&item.ident, &key, &written.ty, &options, &member, errors);
        fields.push(Field {
            name,
            visibility: &written.vis,
            ty: &written.ty,
            selects: match errors.count() == wrong {
                true => selects,
                false => Selects::Wrong {
                    embed: options.embed.is_some(),
                },
            },
        });
    }
    if fields.is_empty() && errors.count() == before {
        errors.on(
            &item.ident,
            "this row has no columns: give it a field for each column to read",
        );
    }
    Row {
        fields,
        ..without_columns(&item.ident, &item.generics, &options)
    }
}

/// The row without its fields.
pub(crate) fn without_columns<'a>(
    name: &'a Ident,
    generics: &'a Generics,
    options: &StructOptions,
) -> Row<'a> {
    let table = Given::value_of(&options.table).map(|table| table.0.clone());
    Row {
        name,
        generics,
        table: table.unwrap_or_else(|| table_of(&plain_name(name))),
        schema: Given::value_of(&options.schema).map(|schema| schema.0.clone()),
        crate_path: crate_path(options),
        fields: Vec::new(),
    }
}

fn crate_path(options: &StructOptions) -> TokenStream {
    match Given::value_of(&options.crate_path) {
        Some(path) => path.0.clone(),
        None => quote!(::supabase_task),
    }
}

fn generics(generics: &Generics, errors: &mut Errors) {
    let lifetimes = |param: &GenericParam| matches!(param, GenericParam::Lifetime(_));
    if generics.params.is_empty() {
        if let Some(clause) = &generics.where_clause {
            errors.on(clause, "a row has no parameters, so it needs no `where`");
        }
    } else if generics.params.iter().all(lifetimes) {
        errors.on(
            generics,
            "a row owns what it reads, so it cannot borrow: write `String` for `&str`",
        );
    } else {
        errors.on(
            generics,
            "a row cannot be generic, because its columns are constants: write one struct for each \
             table",
        );
    }
}

fn selects(
    row: &Ident,
    key: &str,
    ty: &Type,
    options: &FieldOptions,
    member: &Member,
    errors: &mut Errors,
) -> Selects {
    if let Some(place) = member.flatten {
        errors.at(
            place,
            "a flattened field has no column of its own: write its fields here, or `#[row(embed)]` \
             if it holds a row of a related table",
        );
    }
    match &options.embed {
        None => column(key, options),
        Some(given) => {
            let embed = given.key;
            for (name, key) in [
                ("column", options.column.as_ref().map(|given| given.key)),
                ("cast", options.cast.as_ref().map(|given| given.key)),
            ] {
                if let Some(place) = key {
                    errors.at(
                        place,
                        format!("an embed has no `{name}`: it is the rows of a related table"),
                    );
                }
            }
            if names_itself(row, ty) {
                errors.at(
                    embed,
                    format!(
                        "`{row}` would embed itself endlessly: embed another, smaller struct that \
                         reads the same table"
                    ),
                );
            }
            relation(key, options)
        }
    }
}

fn column(key: &str, options: &FieldOptions) -> Selects {
    let alias = names::quoted(key);
    // Wrong values were reported already, and make the field wrong.
    let name = match &options.column {
        Some(_) => Given::value_of(&options.column).map(|column| column.0.clone()),
        None => Some(alias.clone()),
    };
    let Some(name) = name else {
        return Selects::Wrong { embed: false };
    };
    let mut item = String::new();
    if name != alias {
        item.push_str(&alias);
        item.push(':');
    }
    item.push_str(&name);
    if let Some(cast) = Given::value_of(&options.cast) {
        item.push_str("::");
        item.push_str(&cast.0);
    }
    Selects::Column { name, item }
}

fn relation(key: &str, options: &FieldOptions) -> Selects {
    let name = names::quoted(key);
    let Some(relation) = Given::value_of(&options.embed) else {
        return Selects::Wrong { embed: true };
    };
    let relation = match &relation.0 {
        None => name.clone(),
        Some(relation) => {
            let table = names::split(relation, "!").first().copied();
            if table == Some(name.as_str()) {
                relation.clone()
            } else {
                format!("{name}:{relation}")
            }
        }
    };
    Selects::Embed { name, relation }
}

/// Whether the embedded row is the row itself. rustc finds longer cycles.
fn names_itself(row: &Ident, ty: &Type) -> bool {
    let Type::Path(path) = plain_type(ty) else {
        return false;
    };
    let Some(last) = path.path.segments.last() else {
        return false;
    };
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().any(|argument| match argument {
                GenericArgument::Type(ty) => names_itself(row, ty),
                _ => false,
            })
        }
        _ => path.path.segments.len() == 1 && (last.ident == *row || last.ident == "Self"),
    }
}
