//! A row, ready to be expanded. After a mistake it holds what is valid.

use proc_macro2::TokenStream;
use syn::{Generics, Ident, Type, Visibility};

pub(crate) struct Row<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) table: String,
    /// The schema, if it is not `public`.
    pub(crate) schema: Option<String>,
    pub(crate) crate_path: TokenStream,
    pub(crate) fields: Vec<Field<'a>>,
}

/// A field that is selected.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) visibility: &'a Visibility,
    pub(crate) ty: &'a Type,
    pub(crate) selects: Selects,
}

/// How a field appears in the select list, and the name that it is filtered by.
pub(crate) enum Selects {
    /// `created:created_at::text`
    Column { name: String, item: String },
    /// `customer:customers!hint`, before the parentheses.
    Embed { name: String, relation: String },
    /// The field is wrong; `embed` says which of the two was meant.
    Wrong { embed: bool },
}
