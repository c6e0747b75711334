//! Turns a struct into a [`Role`]. Mistakes go to the errors; the role keeps what is valid.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, ItemStruct};

use super::grants::Grant;
use super::{name, options};
use crate::check::plain_name;
use crate::errors::Errors;
use crate::options::Given;
use crate::row::snake_case;

/// A role, ready to be expanded. After a mistake it holds what is valid.
pub(super) struct Role<'a> {
    pub(super) ident: &'a Ident,
    pub(super) name: String,
    pub(super) grants: Vec<Grant>,
    pub(super) crate_path: TokenStream,
    /// It has parameters, which is a mistake.
    pub(super) is_generic: bool,
}

pub(super) fn check<'a>(item: &'a ItemStruct, errors: &mut Errors) -> Role<'a> {
    let (options, grants) = options::parse(&item.attrs, errors);
    let is_generic = !item.generics.params.is_empty();
    if is_generic {
        errors.on(
            &item.generics,
            "a role cannot be generic, because it is one role of the database: write one struct for \
             each",
        );
    }
    let name = match &options.name {
        Some(given) => given.value.as_ref().map(|name| name.0.clone()),
        None => {
            let name = snake_case(&plain_name(&item.ident));
            if let Some(message) = name::refused(&name) {
                errors.on(
                    &item.ident,
                    format!("the role gets its name from the struct: {message}"),
                );
            }
            Some(name)
        }
    };
    Role {
        ident: &item.ident,
        // Wrong names were reported already.
        name: name.unwrap_or_else(|| "rejected".to_owned()),
        grants: grants.0,
        crate_path: match Given::value_of(&options.crate_path) {
            Some(path) => path.0.clone(),
            None => quote!(::supabase_task),
        },
        is_generic,
    }
}
