//! From a [`Task`] to tokens: the fn as written, a type of its name, and one impl that calls the
//! runtime.
//!
//! Spans are where rustc will underline: an argument's type when it cannot be injected, the payload
//! when it has no user, the fn's name when the future is not `Send`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Ident;
use syn::spanned::Spanned;

use crate::check::plain_name;
use crate::input::TaskFn;
use crate::model::{Id, Identity, Task};

pub(crate) fn expand(function: &TaskFn, task: &Task<'_>) -> TokenStream {
    let written = function.tokens();
    let structure = structure(function);
    let name = &function.signature.ident;
    let body = implementation(name, task);
    let crate_path = &task.crate_path;
    // `file!` and `line!` tell the place of the token they are written at.
    let entry = quote_spanned!(name.span()=>
        __p::TaskEntry::of::<#name>(__p::file!(), __p::line!())
    );
    quote! {
        #written
        #structure
        const _: () = {
            use #crate_path::__private as __p;
            #body
            __p::inventory::submit! { #entry }
        };
    }
}

/// The task's type. With braces it lives in the type namespace alone, beside the fn of its name.
pub(crate) fn structure(function: &TaskFn) -> TokenStream {
    let (visibility, name) = (&function.visibility, &function.signature.ident);
    let plain = plain_name(name);
    let doc = if *name == plain {
        format!("The task [`{plain}()`]: run it with `{plain}::run(&supabase, payload)`.")
    } else {
        format!("The task `{name}`: run it with `{name}::run(&supabase, payload)`.")
    };
    quote! {
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
    let mode = Ident::new(task.mode.kind.marker(), task.mode.span);
    let Task {
        payload, returns, ..
    } = task;
    let output = output(returns);
    let identity = identity(task);
    let call = call(name, &mode, task);
    quote! {
        #[automatically_derived]
        impl __p::Task for #name {
            const ID: &'static __p::str = #id;
            type Auth = __p::#mode;
            type Payload = #payload;
            type Output = #output;
            #identity
            #call
        }
    }
}

/// The `T` of the fn's `Result<T, E>`.
pub(crate) fn output(returns: &syn::Type) -> TokenStream {
    quote_spanned!(returns.span()=> <#returns as __p::TaskReturn>::Output)
}

fn identity(task: &Task<'_>) -> TokenStream {
    let payload = task.payload;
    match &task.identity {
        Identity::Nobody => quote! {
            fn identity(_: &#payload) {}
        },
        Identity::Field => {
            // Not `payload.span()` itself: rustc would then offer to replace the payload's type by
            // the name of a field that exists.
            let span = Span::mixed_site().located_at(payload.span());
            let user = quote_spanned!(span=> __p::user_id(&__payload.user_id));
            let argument = Ident::new("__payload", span);
            quote! {
                fn identity(#argument: &#payload) -> __p::UserId { #user }
            }
        }
        Identity::Expression {
            payload: name,
            expression,
        } => {
            let user = quote_spanned!(expression.span()=> __p::user_id(&(#expression)));
            quote! {
                #[allow(unused_parens, unused_variables)]
                fn identity(#name: &#payload) -> __p::UserId { #user }
            }
        }
    }
}

fn call(name: &Ident, mode: &Ident, task: &Task<'_>) -> TokenStream {
    let payload_type = task.payload;
    let request = Ident::new("__request", Span::mixed_site());
    let payload = Ident::new("__payload", Span::mixed_site());
    let arguments: Vec<Ident> = (1..=task.injected.len())
        .map(|position| format_ident!("__argument{position}", span = Span::mixed_site()))
        .collect();
    let injected = task.injected.iter().zip(&arguments).map(|(ty, argument)| {
        let inject = quote_spanned!(ty.span()=> __p::inject::<#ty, __p::#mode>(&#request));
        quote!(let #argument = #inject.await?;)
    });
    // A future that is not `Send` is reported here, so here is the fn's name.
    let signature = quote_spanned!(name.span()=> async fn call);
    quote! {
        #signature(
            #request: __p::TaskRequest<__p::#mode>,
            #payload: #payload_type,
        ) -> __p::TaskResult<Self::Output> {
            #(#injected)*
            __p::TaskReturn::into_task_result(#name(#payload, #(#arguments),*).await)
        }
    }
}
