//! Attribute and item in, tokens out: the whole macro as one pure function.

use proc_macro2::TokenStream;

use crate::errors::Errors;
use crate::input::{Item, TaskFn};
use crate::options::Options;
use crate::{check, expand, fallback, size};

/// Parses, checks and expands. The item is never lost: after mistakes it is returned next to their
/// errors.
pub(crate) fn expand(attribute: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let options = Options::parse(attribute, &mut errors);
    let parsed = match size::check_item(item.clone()) {
        Ok(()) => TaskFn::parse(item),
        Err(error) => Item::Other {
            tokens: item,
            error,
        },
    };
    let function = match parsed {
        Item::Fn(function) => *function,
        Item::Other { tokens, error } => {
            errors.push(error);
            let errors = errors.into_compile_errors();
            return quote::quote!(#tokens #errors);
        }
    };
    match check::check(&options, &function, errors) {
        Ok(task) => expand::expand(&function, &task),
        Err(errors) => fallback::expand(&options, &function, errors),
    }
}
