//! `#[derive(DatabaseRole)]`: turns a unit struct into a role of the database, with its grants. Like the
//! attribute, it parses, checks and expands; after mistakes it expands to what is valid, so that uses of the
//! role still compile.

mod check;
mod expand;
mod grants;
mod name;
mod options;

use proc_macro2::TokenStream;
use syn::{Fields, Item};

use crate::errors::Errors;

/// The whole derive as one pure function.
pub(crate) fn expand(item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let item = match syn::parse2::<Item>(item) {
        Ok(item) => item,
        Err(error) => return error.into_compile_error(),
    };
    let message = "a role is a unit struct: `struct Reporter;`";
    match item {
        Item::Struct(item) => {
            match &item.fields {
                Fields::Unit => {}
                fields => errors.on(fields, message),
            }
            let role = check::check(&item, &mut errors);
            expand::expand(&role, errors)
        }
        Item::Enum(item) => {
            errors.at(item.enum_token.span, message);
            errors.into_compile_errors()
        }
        other => {
            errors.on(other, message);
            errors.into_compile_errors()
        }
    }
}
