//! A row as it is expanded. After a mistake it is what is left of it.

use proc_macro2::TokenStream;
use syn::{Generics, Ident, Type, Visibility};

pub(crate) struct Row<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) table: String,
    /// Another schema than `public`.
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

/// What a field is in the select list, and by which name it is filtered.
pub(crate) enum Selects {
    /// `created:created_at::text`
    Column { name: String, item: String },
    /// `customer:customers!hint`, before the parentheses.
    Embed { name: String, relation: String },
    /// It is wrong; which of the two was meant is known.
    Wrong { embed: bool },
}
