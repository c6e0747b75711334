//! Expands a [`Row`]: a constant for each field, and the select list.
//!
//! Spans decide what rustc underlines: an embed's type when it is not a row, the struct's name when
//! it cannot be read.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::model::{Field, Row, Selects};
use crate::check::plain_name;
use crate::errors::Errors;
use crate::expand::generated_at;

/// Expands the row. After mistakes its constants are kept, so that no second error appears where
/// they are used.
pub(crate) fn expand(row: &Row<'_>, errors: Errors) -> TokenStream {
    let Row {
        name, crate_path, ..
    } = row;
    let (parameters, arguments, _) = row.generics.split_for_impl();
    let bounds = match row.generics.params.is_empty() {
        true => quote!(),
        // Only after a mistake: nothing is known about its parameters.
        false => quote!(where Self: __p::DeserializeOwned + 'static),
    };
    let columns = row.fields.iter().map(constant);
    let (table, select) = (&row.table, select(row));
    let (names, embeds) = (names(&row.fields), embeds(row));
    let schema = row.schema.as_ref().map(|schema| {
        quote! {
            const SCHEMA: &'static __p::str = #schema;
        }
    });
    let columns = (!row.fields.is_empty()).then(|| {
        quote! {
            #[allow(dead_code, deprecated, non_upper_case_globals, private_interfaces, unreachable_pub)]
            #[automatically_derived]
            impl #parameters #name #arguments {
                #(#columns)*
            }
        }
    });
    let errors = errors.into_compile_errors();
    quote! {
        const _: () = {
            use #crate_path::__private as __p;
            #columns
            #[allow(deprecated)]
            #[automatically_derived]
            impl #parameters __p::Row for #name #arguments #bounds {
                const TABLE: &'static __p::str = #table;
                #schema
                const SELECT: &'static __p::str = #select;
                const COLUMNS: &'static [&'static __p::str] = &[#(#names),*];
                #embeds
            }
        };
        #errors
    }
}

/// `pub const done: Column<Self, bool> = Column::new("done");`
fn constant(field: &Field<'_>) -> TokenStream {
    let Field {
        name,
        visibility,
        ty,
        selects,
    } = field;
    let plain = plain_name(name);
    let (kind, column) = match selects {
        Selects::Column { name, .. } => (quote!(Column), name.as_str()),
        Selects::Embed { name, .. } => (quote!(Embedded), name.as_str()),
        Selects::Wrong { embed: false } => (quote!(Column), plain.as_str()),
        Selects::Wrong { embed: true } => (quote!(Embedded), plain.as_str()),
    };
    let doc = match selects {
        Selects::Column { name, .. } => format!(" The column `{name}`, to filter and sort by."),
        _ => format!(" The rows in `{plain}`, to filter and sort."),
    };
    quote_spanned! {generated_at(name.span())=>
        #[doc = #doc]
        #visibility const #name: __p::#kind<Self, #ty> = __p::#kind::new(#column);
    }
}

/// The columns that are selected, as they are filtered by.
fn names<'a>(fields: &'a [Field<'_>]) -> impl Iterator<Item = &'a str> {
    fields.iter().filter_map(|field| match &field.selects {
        Selects::Column { name, .. } => Some(name.as_str()),
        Selects::Embed { .. } | Selects::Wrong { .. } => None,
    })
}

/// The tables of the rows that are embedded.
fn embeds(row: &Row<'_>) -> Option<TokenStream> {
    let embeds: Vec<_> = row
        .fields
        .iter()
        .filter(|field| matches!(field.selects, Selects::Embed { .. }))
        .map(|field| {
            let ty = field.ty;
            quote_spanned!(generated_at(ty.span())=> __p::Embeds::of::<#ty>())
        })
        .collect();
    let is_generic = !row.generics.params.is_empty();
    (!embeds.is_empty() && !is_generic).then(|| {
        quote! {
            const EMBEDS: &'static [__p::Embeds] = &[#(#embeds),*];
        }
    })
}

/// The select list: one literal, unless other rows are embedded.
fn select(row: &Row<'_>) -> TokenStream {
    let (name, fields) = (row.name, &row.fields);
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut embeds = 0_usize;
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        match &field.selects {
            Selects::Column { item, .. } => text.push_str(item),
            Selects::Embed { relation, .. } => {
                text.push_str(relation);
                text.push('(');
                let (before, ty) = (std::mem::take(&mut text), field.ty);
                parts.push(quote!(#before));
                // The type itself is named in `EMBEDS` alone, so that rustc reports it once.
                parts.push(match row.generics.params.is_empty() {
                    true => {
                        quote_spanned!(generated_at(ty.span())=> <#name as __p::Row>::EMBEDS[#embeds].select())
                    }
                    // Only after a mistake.
                    false => quote_spanned!(ty.span()=> <#ty as __p::Embed>::SELECT),
                });
                embeds += 1;
                text.push(')');
            }
            Selects::Wrong { .. } => {}
        }
    }
    if parts.is_empty() {
        return quote!(#text);
    }
    if !text.is_empty() {
        parts.push(quote!(#text));
    }
    quote! {
        {
            const PARTS: &[&__p::str] = &[#(#parts),*];
            const LIST: [__p::u8; __p::select_list::length(PARTS)] =
                __p::select_list::join(PARTS);
            __p::select_list::text(&LIST)
        }
    }
}
