//! `role`: the role that the task runs as.

use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, Type};

use super::{Mode, Value, parse_expression};

/// `role`: the type of the role.
pub(crate) struct RoleType(pub(crate) Type);

impl Value for RoleType {
    const EXAMPLE: &'static str = "Reporter";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.fork().parse::<Type>().is_ok() {
            return Ok(Self(input.parse()?));
        }
        let other = parse_expression(input)?;
        let message = match &other {
            Expr::Lit(ExprLit {
                lit: Lit::Str(literal),
                ..
            }) if Mode::parse_word(&literal.value()).is_some() => {
                format!(
                    "this is an auth mode: write `auth = \"{}\"`",
                    literal.value()
                )
            }
            _ => "`role` is a type with `#[derive(DatabaseRole)]`: write `auth = \"role\", role = \
                  Reporter`"
                .to_owned(),
        };
        Err(syn::Error::new_spanned(other.into_token_stream(), message))
    }
}
