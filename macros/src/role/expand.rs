//! Expands a [`Role`]: its name and grants, an impl for each grant, and its entry in the program.
//!
//! Spans decide what rustc underlines: a row's type when it is no row, or embeds what the role may not
//! read; a column's name when the row has no such column.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::check::Role;
use super::grants::{Grant, Privilege};
use crate::errors::Errors;
use crate::expand::generated_at;

pub(super) fn expand(role: &Role<'_>, errors: Errors) -> TokenStream {
    let Role {
        ident,
        name,
        grants,
        crate_path,
        is_generic,
    } = role;
    let is_wrong = !errors.is_empty();
    let errors = errors.into_compile_errors();
    if *is_generic {
        return errors;
    }
    let grants: Vec<Declared<'_>> = grants.iter().enumerate().map(Declared::new).collect();
    let rows = grants.iter().map(Declared::row);
    let declared = grants.iter().map(Declared::declaration);
    let markers = grants.iter().map(|grant| grant.marker(ident));
    // A role with mistakes is not one of the program's.
    let entry = (!is_wrong).then(|| {
        let place = quote_spanned!(ident.span()=> __p::file!(), __p::line!());
        let reads = grants.iter().filter_map(Declared::check);
        quote! {
            #(#reads)*
            __p::inventory::submit! {
                __p::RoleEntry::of::<#ident>(#place)
            }
            __p::inventory::submit! {
                __p::RoleHandles::of::<#ident>()
            }
        }
    });
    quote! {
        const _: () = {
            use #crate_path::__private as __p;
            #(#rows)*
            const DECLARED: &[__p::Declared] = &[#(#declared),*];
            #[automatically_derived]
            impl __p::DatabaseRole for #ident {
                const NAME: &'static __p::str = #name;
                const GRANTS: &'static [__p::Grant] = &__p::grants::<{ DECLARED.len() }>(DECLARED);
            }
            #(#markers)*
            #entry
        };
        #errors
    }
}

/// A grant and its position.
struct Declared<'a> {
    grant: &'a Grant,
    position: usize,
    /// Another name of the row's type, so that a type that is not there is reported once.
    alias: Ident,
}

impl<'a> Declared<'a> {
    fn new((position, grant): (usize, &'a Grant)) -> Self {
        let place = generated_at(grant.row.span());
        Self {
            grant,
            position,
            alias: format_ident!("__Row{position}", span = place),
        }
    }

    /// `type __Row0 = Order;`
    fn row(&self) -> TokenStream {
        let (alias, row) = (&self.alias, &self.grant.row);
        quote_spanned!(generated_at(row.span())=> type #alias = #row;)
    }

    /// `declared::<__Row0>(Privilege::Update, &[column(__Row0::status)])`
    fn declaration(&self) -> TokenStream {
        let (alias, place) = (&self.alias, generated_at(self.grant.row.span()));
        let privilege = Ident::new(self.grant.privilege.variant(), place);
        let columns = self.grant.columns.iter().map(|column| {
            quote_spanned!(generated_at(column.span())=> __p::column::<#alias, _>(#alias::#column))
        });
        quote_spanned! {place=>
            __p::declared::<#alias>(__p::Privilege::#privilege, &[#(#columns),*])
        }
    }

    fn marker(&self, ident: &Ident) -> TokenStream {
        let (alias, place) = (&self.alias, generated_at(self.grant.row.span()));
        let marker = Ident::new(self.grant.privilege.marker(), place);
        quote_spanned! {place=>
            #[automatically_derived]
            impl __p::#marker<#alias> for #ident {}
        }
    }

    /// Checks at compile time that the role may read all that the row requests.
    fn check(&self) -> Option<TokenStream> {
        let (position, place) = (self.position, generated_at(self.grant.row.span()));
        (self.grant.privilege == Privilege::Select)
            .then(|| quote_spanned!(place=> const _: () = __p::check_reads(DECLARED, #position);))
    }
}
