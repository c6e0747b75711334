//! The expansion of a task with mistakes: the function, its type, and an impl that runs nothing, so
//! that no second error appears where the task is used.
//!
//! The impl is an anon task and is not registered: a mistake must never lead to a stronger
//! identity.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{ReturnType, Type};

use crate::check::{
    crate_path, is_no_result, is_task_attribute, own_type, payload_argument, plain_type,
};
use crate::errors::Errors;
use crate::expand;
use crate::input::TaskFn;
use crate::items;
use crate::options::Options;

pub(crate) fn expand(options: &Options, function: &TaskFn, errors: Errors) -> TokenStream {
    let TaskFn {
        attributes,
        visibility,
        signature,
        body,
    } = function;
    let attributes = attributes
        .iter()
        .filter(|attribute| !is_task_attribute(attribute));
    let written = quote!(#(#attributes)* #visibility #signature #body);
    let errors = errors.into_compile_errors();
    if signature.receiver().is_some() || own_type(signature).is_some() {
        // A method: only methods can be next to it.
        return quote!(#written #errors);
    }
    let structure = expand::structure(function);
    let implementation = implementation(options, function);
    let structure = items::attach(&crate_path(options), &structure, &implementation);
    quote!(#written #structure #errors)
}

fn implementation(options: &Options, function: &TaskFn) -> TokenStream {
    let (signature, crate_path) = (&function.signature, crate_path(options));
    let name = &signature.ident;
    let payload = payload_argument(signature).and_then(|argument| owned(&argument.ty));
    let payload = payload.unwrap_or_else(|| quote!(()));
    let nothing = || quote!(__p::TaskResult<()>);
    let returns = match &signature.output {
        // A function that is not `async` may return a future.
        ReturnType::Type(_, ty) if signature.asyncness.is_none() && !is_result(ty) => nothing(),
        ReturnType::Type(_, ty) => match owned(ty) {
            Some(tokens) if is_no_result(ty) => quote!(__p::TaskResult<#tokens>),
            Some(tokens) => tokens,
            None => nothing(),
        },
        ReturnType::Default => nothing(),
    };
    // A generic function's types name its parameters, which do not exist here.
    let (payload, returns) = match signature.generics.params.is_empty() {
        true => (payload, returns),
        false => (quote!(()), nothing()),
    };
    quote! {
        const _: () = {
            use #crate_path::__private as __p;
            #[automatically_derived]
            impl __p::Task for #name {
                const ID: &'static __p::str = __p::REJECTED;
                type Auth = __p::Anon;
                type Payload = #payload;
                type Return = #returns;
                fn identity(_: &Self::Payload) {}
                async fn call(
                    _: __p::TaskRequest<__p::Anon>,
                    _: Self::Payload,
                ) -> __p::TaskResult<Self::Return> {
                    __p::rejected()
                }
            }
        };
    }
}

/// Whether a type is a `Result` by its name.
fn is_result(ty: &Type) -> bool {
    match plain_type(ty) {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident.to_string().ends_with("Result")),
        _ => false,
    }
}

/// The type without the `&` that was its mistake; `None` when nothing usable is left.
fn owned(ty: &Type) -> Option<TokenStream> {
    match plain_type(ty) {
        Type::Reference(reference) => owned(&reference.elem),
        Type::Path(_) | Type::Tuple(_) | Type::Array(_) => {
            let tokens = ty.to_token_stream();
            let text = tokens.to_string();
            let usable = !text.contains(['\'', '&']) && !text.contains("impl ") && text != "str";
            usable.then_some(tokens)
        }
        _ => None,
    }
}
