//! Items that come with the task's type, as the argument of an attribute that puts them beside it.
//!
//! So the type is the only item beside the fn. In an `impl` or a trait, where no item can stand, rustc
//! says so once, and says nothing of the others.

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
