//! `#[derive(Row)]`: turns a struct into its select list and its columns. Like the attribute, it
//! parses, checks and expands; after mistakes it expands to a fallback, so that uses of the row
//! still compile.

mod case;
mod check;
mod expand;
mod model;
mod names;
mod options;
mod serde;
mod values;

use proc_macro2::TokenStream;
use syn::{Fields, Generics, Ident, Item, ItemStruct};

pub(crate) use self::case::snake_case;
use crate::errors::Errors;
use options::StructOptions;

/// The whole derive as one pure function.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let item = match syn::parse2::<Item>(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    match item {
        Item::Struct(item) if matches!(item.fields, Fields::Named(_)) => {
            let row = check::check(&item, &mut errors);
            expand::expand(&row, errors)
        }
        Item::Struct(ItemStruct {
            ident,
            generics,
            attrs,
            fields,
            ..
        }) => {
            let options = StructOptions::parse(&attrs, &mut errors);
            let message = "a row is a struct with a named field for each column: \
                           `struct Todo { id: i64 }`";
            match fields {
                Fields::Unnamed(fields) => errors.on(fields, message),
                _ => errors.on(&ident, message),
            }
            other(&ident, &generics, &options, errors)
        }
        Item::Enum(item) => {
            let options = StructOptions::parse(&item.attrs, &mut errors);
            errors.at(
                item.enum_token.span,
                "a row is a struct with a field for each column, not an enum; an enum that a column \
                 holds implements `FilterValue`",
            );
            other(&item.ident, &item.generics, &options, errors)
        }
        Item::Union(item) => {
            let options = StructOptions::parse(&item.attrs, &mut errors);
            errors.at(
                item.union_token.span,
                "a row is a struct with a field for each column, not a union",
            );
            other(&item.ident, &item.generics, &options, errors)
        }
        other => {
            errors.on(other, "`#[derive(Row)]` goes on a struct");
            errors.into_compile_errors()
        }
    }
}

/// Anything but a struct with named fields: its errors, and a row without columns.
fn other(
    name: &Ident,
    generics: &Generics,
    options: &StructOptions,
    errors: Errors,
) -> TokenStream {
    expand::expand(&check::without_columns(name, generics, options), errors)
}
