//! Collects every mistake, so that one compile shows them all.

use proc_macro2::{Span, TokenStream};
use std::fmt::Display;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

/// How many mistakes of one task are shown: more would take rustc minutes to print.
const SHOWN: usize = 20;

impl Errors {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// An error that underlines one token.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// An error that underlines all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl quote::ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens.into_token_stream(), message));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// All of them, combined into one `syn` error that shows each.
    pub(crate) fn into_result(self) -> syn::Result<()> {
        let all = self.0.into_iter().reduce(|mut all, error| {
            all.combine(error);
            all
        });
        all.map_or(Ok(()), Err)
    }

    pub(crate) fn into_compile_errors(self) -> TokenStream {
        let mut errors = self.0.into_iter().flatten();
        let mut shown: Vec<syn::Error> = errors.by_ref().take(SHOWN).collect();
        if let Some(next) = errors.next() {
            let more = 1 + errors.count();
            let message = format!("and {more} more: correct those above first");
            shown.push(syn::Error::new(next.span(), message));
        }
        shown
            .into_iter()
            .map(syn::Error::into_compile_error)
            .collect()
    }
}
