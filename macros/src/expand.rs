//! Expands a [`Task`]: the function as written, a type of the same name, and one impl that calls
//! the runtime.
//!
//! Spans decide what rustc underlines: an argument's type when it cannot be injected, the payload
//! when it has no user, the function's name when the future is not `Send`.

mod running;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use crate::check::plain_name;
use crate::input::TaskFn;
use crate::items;
use crate::model::{Id, Identity, OverPayload, Task};

pub(crate) fn expand(function: &TaskFn, task: &Task<'_>) -> TokenStream {
    let written = function.tokens();
    let structure = structure(function);
    let name = &function.signature.ident;
    let body = implementation(name, task);
    let crate_path = &task.crate_path;
    // `file!` and `line!` report the location of their own token.
    let place = quote_spanned!(name.span()=> __p::file!(), __p::line!());
    let items = quote! {
        const _: () = {
            use #crate_path::__private as __p;
            #body
            __p::inventory::submit! {
                __p::TaskEntry::of::<#name>(#place)
            }
        };
    };
    let structure = items::attach(crate_path, &structure, &items);
    quote!(#written #structure)
}

/// The task's type. A struct with braces lives only in the type namespace, so the function can have
/// the same name.
pub(crate) fn structure(function: &TaskFn) -> TokenStream {
    let (visibility, name) = (&function.visibility, &function.signature.ident);
    let plain = plain_name(name);
    let doc = if *name == plain {
        format!(" The task [`{plain}()`]: run it with `{plain}::run(&supabase, payload)`.")
    } else {
        format!(" The task `{name}`: run it with `{name}::run(&supabase, payload)`.")
    };
    quote_spanned! {generated_at(name.span())=>
        #[doc = #doc]
        #[allow(
            dead_code,
            missing_copy_implementations,
            missing_debug_implementations,
            non_camel_case_types
        )]
        #visibility struct #name {}
    }
}

fn implementation(name: &Ident, task: &Task<'_>) -> TokenStream {
    let id = match &task.id {
        Id::Literal(id) => id.to_token_stream(),
        Id::Module => quote!(__p::module_name(__p::module_path!())),
    };
    let mode = mode(task);
    let payload = associated_type("Payload", task.payload);
    let returns = associated_type("Return", task.returns);
    let identity = identity(task);
    let running = running::expand(&task.running, task.payload);
    let takes_database = takes_database(&mode, task);
    let call = call(name, &mode, task);
    quote! {
        // `allow`: the author of a deprecated task cannot avoid this call of it.
        #[allow(deprecated)]
        #[automatically_derived]
        impl __p::Task for #name {
            const ID: &'static __p::str = #id;
            #takes_database
            type Auth = #mode;
            #payload
            #returns
            #identity
            #running
            #call
        }
    }
}

/// Whether an argument takes the database, which decides what the program reads at its start.
fn takes_database(mode: &TokenStream, task: &Task<'_>) -> TokenStream {
    let injected = task.injected.iter().map(|ty| {
        quote_spanned! {generated_at(ty.span())=>
            <#ty as __p::FromTask<#mode>>::TAKES_DATABASE
        }
    });
    match task.injected.is_empty() {
        true => TokenStream::new(),
        false => quote!(const TAKES_DATABASE: __p::bool = #(#injected)|*;),
    }
}

/// The runtime's type of the mode: `User`, `Role<Reporter>`.
fn mode(task: &Task<'_>) -> TokenStream {
    let marker = Ident::new(task.mode.kind.marker(), task.mode.span);
    match task.role {
        Some(role) => quote_spanned!(role.span()=> __p::#marker<#role>),
        None => quote!(__p::#marker),
    }
}

/// `type NAME = TYPE;`, with all spans at the type, so that errors about it are reported there.
fn associated_type(name: &str, ty: &Type) -> TokenStream {
    let name = Ident::new(name, ty.span());
    quote_spanned!(ty.span()=> type #name = #ty;)
}

fn identity(task: &Task<'_>) -> TokenStream {
    let payload = task.payload;
    match &task.identity {
        Identity::Nobody if task.role.is_some() => quote! {
            fn identity(_: &#payload) -> __p::Option<__p::UserId> {
                __p::Option::None
            }
        },
        Identity::Nobody => quote! {
            fn identity(_: &#payload) {}
        },
        Identity::Field => {
            // With the user's own span: only then does rustc list the fields that exist.
            let field = Ident::new("user_id", payload.span());
            let user = Ident::new("user", payload.span());
            quote_spanned! {generated_at(payload.span())=>
                fn identity(payload: &#payload) -> __p::UserId {
                    let payload = __p::PayloadNeedsFieldUserIdOrOptionUser::new(payload);
                    let #user = &payload.#field;
                    __p::TaskUser::user_id(#user)
                }
            }
        }
        Identity::Expression(OverPayload {
            payload: name,
            expression,
        }) => {
            let user = Ident::new("user", expression.span());
            let (returned, user_id) = match task.role {
                Some(_) => (
                    quote!(__p::Option<__p::UserId>),
                    quote!(__p::Option::Some(__p::TaskUser::user_id(#user))),
                ),
                None => (quote!(__p::UserId), quote!(__p::TaskUser::user_id(#user))),
            };
            quote! {
                #[allow(unused_parens, unused_variables)]
                fn identity(#name: &#payload) -> #returned {
                    let #user = &(#expression);
                    #user_id
                }
            }
        }
    }
}

/// A place in the user's code for generated tokens: errors are reported there, but the user's lints
/// do not apply, as they would with the span itself.
pub(crate) fn generated_at(place: Span) -> Span {
    Span::mixed_site().located_at(place)
}

fn call(name: &Ident, mode: &TokenStream, task: &Task<'_>) -> TokenStream {
    let request = Ident::new("__request", Span::mixed_site());
    let payload = Ident::new("__payload", Span::mixed_site());
    let arguments: Vec<Ident> = (1..=task.injected.len())
        .map(|position| format_ident!("__argument{position}", span = Span::mixed_site()))
        .collect();
    let injected = task.injected.iter().zip(&arguments).map(|(ty, argument)| {
        quote_spanned! {generated_at(ty.span())=>
            let #argument = <#ty as __p::FromTask<#mode>>::inject(&#request).await?;
        }
    });
    // A future that is not `Send` is reported at the function's name.
    let signature = quote_spanned!(name.span()=> async fn call);
    let returns = quote_spanned!(name.span()=> <Self::Return>);
    quote_spanned! {generated_at(name.span())=>
        #signature(
            #request: __p::TaskRequest<#mode>,
            #payload: Self::Payload,
        ) -> __p::TaskResult #returns {
            #(#injected)*
            __p::TaskResult::Ok(#name(#payload, #(#arguments),*).await)
        }
    }
}
