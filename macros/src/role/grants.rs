//! `select(Order, Customer)`, `update(Order: status, shipped_at)`: what the role may do.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{Ident, Token, Type, parenthesized};

use crate::check::as_written;
use crate::errors::Errors;

/// What a grant allows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
}

impl Privilege {
    pub(super) const ALL: [Self; 4] = [Self::Select, Self::Insert, Self::Update, Self::Delete];

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|this| this.word() == word)
    }

    /// As written in the attribute.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Select => "select",
            Self::Insert => "insert",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The runtime's name of it.
    pub(super) fn variant(self) -> &'static str {
        match self {
            Self::Select => "Select",
            Self::Insert => "Insert",
            Self::Update => "Update",
            Self::Delete => "Delete",
        }
    }

    /// The runtime's trait of the roles that have it.
    pub(super) fn marker(self) -> &'static str {
        match self {
            Self::Select => "CanSelect",
            Self::Insert => "CanInsert",
            Self::Update => "CanUpdate",
            Self::Delete => "CanDelete",
        }
    }
}

/// One privilege on the table of one row.
pub(crate) struct Grant {
    pub(super) privilege: Privilege,
    pub(super) row: Type,
    /// Empty if it is the whole table.
    pub(super) columns: Vec<Ident>,
}

/// All that the role may do, in the order it is written.
#[derive(Default)]
pub(crate) struct Grants(pub(super) Vec<Grant>);

impl Grants {
    /// Parses the parentheses after a privilege, which may be given several times.
    pub(super) fn parse(
        &mut self,
        privilege: Privilege,
        key: &Ident,
        input: ParseStream<'_>,
    ) -> syn::Result<()> {
        let word = privilege.word();
        if !input.peek(syn::token::Paren) {
            let place = if input.is_empty() || input.peek(Token![,]) {
                key.span()
            } else {
                input.span()
            };
            let message = format!("`{word}` takes its rows in parentheses: write `{word}(Order)`");
            if input.peek(Token![=]) {
                input.parse::<Token![=]>()?;
                // What follows is a part of the same mistake.
                input.parse::<proc_macro2::TokenTree>().ok();
            }
            return Err(syn::Error::new(place, message));
        }
        let list;
        parenthesized!(list in input);
        if list.is_empty() {
            let message = format!("`{word}()` is empty: write the rows, as in `{word}(Order)`");
            return Err(syn::Error::new(key.span(), message));
        }
        let mut errors = Errors::new();
        while !list.is_empty() {
            let row: Type = list.parse()?;
            let columns = match list.peek(Token![:]) {
                true => columns(privilege, &row, &list)?,
                false => Vec::new(),
            };
            self.add(
                Grant {
                    privilege,
                    row,
                    columns,
                },
                &mut errors,
            );
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        errors.into_result()
    }

    fn add(&mut self, grant: Grant, errors: &mut Errors) {
        let (word, row) = (grant.privilege.word(), as_written(&grant.row));
        let is_there =
            |other: &Grant| other.privilege == grant.privilege && as_written(&other.row) == row;
        if self.0.iter().any(is_there) {
            let message = format!("`{word}` declares `{row}` twice: keep one of the two");
            errors.on(&grant.row, message);
        } else if grant.privilege == Privilege::Delete && !grant.columns.is_empty() {
            let message = "`delete` has no columns, because it removes whole rows: write \
                           `delete(Order)` alone";
            errors.on(
                grant
                    .columns
                    .iter()
                    .map(ToTokens::to_token_stream)
                    .collect::<proc_macro2::TokenStream>(),
                message,
            );
        } else {
            self.0.push(grant);
        }
    }
}

/// Parses `: status, shipped_at`, to the end of the list.
fn columns(privilege: Privilege, row: &Type, list: &ParseBuffer<'_>) -> syn::Result<Vec<Ident>> {
    let word = privilege.word();
    let row = as_written(row);
    let colon = list.parse::<Token![:]>()?;
    let mut columns: Vec<Ident> = Vec::new();
    while !list.is_empty() {
        let Ok(column) = list.call(Ident::parse_any) else {
            let message = format!(
                "expected a column of `{row}`, by the name of its field: `{word}({row}: status)`"
            );
            return Err(syn::Error::new(list.span(), message));
        };
        if column.to_string().starts_with(char::is_uppercase) || list.peek(Token![:]) {
            let message = format!(
                "the names after `:` are columns of `{row}`: declare `{column}` apart, in another \
                 `{word}(…)`"
            );
            // The rest belongs to the same mistake.
            list.parse::<proc_macro2::TokenStream>()?;
            return Err(syn::Error::new(column.span(), message));
        }
        if columns.contains(&column) {
            let message = format!("the column `{column}` is listed twice: keep one of the two");
            list.parse::<proc_macro2::TokenStream>()?;
            return Err(syn::Error::new(column.span(), message));
        }
        columns.push(column);
        if !list.is_empty() {
            list.parse::<Token![,]>()?;
        }
    }
    if columns.is_empty() {
        let message = format!(
            "which columns of `{row}`? write `{word}({row}: status)`, or `{word}({row})` for all"
        );
        return Err(syn::Error::new(colon.span, message));
    }
    Ok(columns)
}
