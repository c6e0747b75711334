//! Tests of the whole macro without a compiler: attribute and item in, tokens out.

use std::str::FromStr;

use proc_macro2::TokenStream;

use crate::task::expand;

mod messages;
mod odd_attributes;
mod roles;
mod rows;
mod size;
mod snapshots;
mod suggest;
mod values;

/// Expands an attribute's arguments and an item, both given as source text.
fn expand_source(attribute: &str, item: &str) -> TokenStream {
    expand(tokens(attribute), tokens(item))
}

fn tokens(source: &str) -> TokenStream {
    TokenStream::from_str(source).expect("the test's source is made of Rust tokens")
}

/// How many errors an expansion reports.
fn count_errors(expanded: &TokenStream) -> usize {
    expanded.to_string().matches("compile_error").count()
}
