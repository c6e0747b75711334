//! `crate`: where the runtime is.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::LitStr;
use syn::parse::ParseStream;

use super::Value;

/// `crate`: an absolute path to the runtime crate.
pub(crate) struct CratePath(pub(crate) TokenStream);

impl Value for CratePath {
    const EXAMPLE: &'static str = "::supabase_task";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let literal = input.parse::<LitStr>()?;
            return Err(syn::Error::new(
                literal.span(),
                "write the path without quotes: `crate = ::supabase_task`",
            ));
        }
        let path = input.call(syn::Path::parse_mod_style)?;
        let absolute = path.leading_colon.is_some()
            || path
                .segments
                .first()
                .is_some_and(|first| first.ident == "crate");
        if absolute {
            return Ok(Self(path.into_token_stream()));
        }
        let written = path.to_token_stream().to_string().replace(' ', "");
        Err(syn::Error::new_spanned(
            path.into_token_stream(),
            format!(
                "the path must be absolute, so that it means the same in every module: \
                 `::{written}` or `crate::{written}`"
            ),
        ))
    }
}
