//! The annotated item. Only the signature is parsed. The body is passed on as tokens, so that a
//! half-typed one still expands and an editor can complete code in it.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Signature, Token, Visibility};

/// The function under the attribute.
pub(crate) struct TaskFn {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: TokenStream,
}

/// The item that the attribute was put on.
pub(crate) enum Item {
    Fn(Box<TaskFn>),
    Other {
        tokens: TokenStream,
        error: syn::Error,
    },
}

impl TaskFn {
    pub(crate) fn parse(tokens: TokenStream) -> Item {
        match Self::parse_tokens.parse2(tokens.clone()) {
            Ok(function) => Item::Fn(Box::new(function)),
            Err(error) => Item::Other { tokens, error },
        }
    }

    fn parse_tokens(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        if let Some(found) = other_item(input) {
            return Err(input.error(format!(
                "`#[supabase_task]` goes on an `async fn`, found {found}"
            )));
        }
        let signature = input.parse()?;
        Ok(Self {
            attributes,
            visibility,
            signature,
            body: input.parse()?,
        })
    }

    /// The function as it was written.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self {
            attributes,
            visibility,
            signature,
            body,
        } = self;
        quote::quote!(#(#attributes)* #visibility #signature #body)
    }
}

/// The kind of an item that is not a function, in words.
fn other_item(input: ParseStream<'_>) -> Option<&'static str> {
    let ahead = input.fork();
    // A function may also begin with `unsafe` or `const`: look past them.
    let constant = ahead.parse::<Option<Token![const]>>().ok()?.is_some();
    ahead.parse::<Option<Token![async]>>().ok()?;
    ahead.parse::<Option<Token![unsafe]>>().ok()?;
    if ahead.peek(Token![fn]) || ahead.peek(Token![extern]) {
        return None;
    }
    Some(match () {
        () if ahead.peek(Token![struct]) => "a struct",
        () if ahead.peek(Token![enum]) => "an enum",
        () if ahead.peek(Token![impl]) => "an impl block; annotate a free fn instead",
        () if ahead.peek(Token![trait]) => "a trait",
        () if ahead.peek(Token![mod]) => "a module; annotate each task in it",
        () if ahead.peek(Token![static]) => "a static",
        () if ahead.peek(Token![type]) => "a type alias",
        () if ahead.peek(Token![use]) => "a `use`",
        () if constant => "a constant",
        () => "something else",
    })
}
