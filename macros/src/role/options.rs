//! The options of `#[role(…)]`.

use proc_macro2::TokenTree;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Meta};

use super::grants::{Grants, Privilege};
use super::name::RoleName;
use crate::errors::Errors;
use crate::options::{options, parse_list, parse_option};
use crate::suggest;
use crate::values::CratePath;

options! {
    /// The options with a value, each at most once.
    pub(crate) struct RoleOptions {
        /// The role's name in the database, instead of the struct's.
        "name" => name: RoleName,
        /// The path of the runtime crate, if it was renamed.
        "crate" => crate_path: CratePath,
    }
}

/// Common wrong names of options, and what to write instead.
const SYNONYMS: &[(&str, &str)] = &[
    ("role", "write `name = \"…\"`"),
    ("read", "write `select(Order)`"),
    ("write", "write `insert(Order)`, `update(Order)` or both"),
    (
        "upsert",
        "write `select(Order)`, `insert(Order)` and `update(Order)`",
    ),
    (
        "all",
        "write each privilege: `select(Order), insert(Order)`",
    ),
    ("grant", "write the privilege: `select(Order)`"),
    (
        "truncate",
        "a role of a task empties a table with `delete(Order)`",
    ),
    (
        "execute",
        "functions are not declared here: grant them in a migration, and call them with `rpc`",
    ),
    ("table", "write the privilege: `select(Order)`"),
];

/// Parses every option in every `#[role(…)]`, and goes on after a mistake.
pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> (RoleOptions, Grants) {
    let mut options = RoleOptions::default();
    let mut grants = Grants::default();
    for attribute in attributes.iter().filter(|a| a.path().is_ident("role")) {
        let Meta::List(list) = &attribute.meta else {
            errors.on(
                attribute,
                "write the options in parentheses: `#[role(name = \"reporter\", select(Order))]`",
            );
            continue;
        };
        let result = (|input: ParseStream<'_>| {
            parse_list(input, errors, |input| {
                let wrong = |token: &TokenTree| {
                    format!("expected an option such as `select(Order)`, found `{token}`")
                };
                parse_option(input, wrong, |key, input| {
                    if let Some(outcome) = options.parse_one(key, input) {
                        return outcome;
                    }
                    match Privilege::named(&key.to_string()) {
                        Some(privilege) => grants.parse(privilege, key, input),
                        None => Err(unknown(key)),
                    }
                })
            })
        })
        .parse2(list.tokens.clone());
        if let Err(error) = result {
            errors.push(error);
        }
    }
    (options, grants)
}

fn unknown(key: &syn::Ident) -> syn::Error {
    let name = key.to_string();
    let names = [RoleOptions::NAMES, &Privilege::ALL.map(Privilege::word)].concat();
    let options = suggest::list(&names);
    let message = if let Some((_, remedy)) = SYNONYMS.iter().find(|(synonym, _)| *synonym == name) {
        format!("unknown option `{name}`: {remedy}")
    } else if let Some(near) = suggest::nearest(&name, &names) {
        format!("unknown option `{name}`; did you mean `{near}`? (options: {options})")
    } else {
        format!("unknown option `{name}` (options: {options})")
    };
    syn::Error::new(key.span(), message)
}
