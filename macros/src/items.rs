//! Passes the items that come with the task's type as the argument of an attribute, which puts them
//! next to the type.
//!
//! So the type is the only item next to the function. In an `impl` or a trait, where no item is
//! allowed, rustc reports that once and not for each item.

use proc_macro2::TokenStream;
use quote::quote;

/// `structure` with `items` in its attribute.
pub(crate) fn attach(
    crate_path: &TokenStream,
    structure: &TokenStream,
    items: &TokenStream,
) -> TokenStream {
    quote! {
        #[#crate_path::__private::task_items(#items)]
        #structure
    }
}
