//! The values of the attribute's options.

mod auth;
mod crate_path;
mod duration;
mod expression;
mod hook;
mod id;
mod number;
mod queue;
mod retry;
mod role;
mod schedule;

use syn::parse::{ParseBuffer, ParseStream};
use syn::{Expr, ExprLit, Ident, Lit, LitStr};

pub(crate) use auth::{Handle, Mode, ModeKind};
pub(crate) use crate_path::CratePath;
pub(crate) use duration::HumanDuration;
#[cfg(test)]
pub(crate) use duration::parse as parse_duration;
pub(crate) use expression::{KeyExpr, UserExpr};
pub(crate) use hook::HookPath;
pub(crate) use id::{TaskId, invalid_id};
pub(crate) use number::Priority;
pub(crate) use queue::Queue;
pub(crate) use retry::Retry;
#[cfg(test)]
pub(crate) use retry::{DEFAULT_MAX, DEFAULT_MIN};
pub(crate) use role::RoleType;
pub(crate) use schedule::{CronLine, TimeZone};

/// A value that can follow a key. After a mistake, `parse` may have consumed any tokens; the parser
/// goes on after the next comma.
pub(crate) trait Value: Sized {
    /// A valid value, shown when it is missing: `"user"`.
    const EXAMPLE: &'static str;

    /// Whether the key can be followed by options of its own in parentheses.
    const TAKES_LIST: bool = false;

    /// Parses what follows `key =`.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self>;

    /// Parses the parentheses after `key`, if it [`TAKES_LIST`](Self::TAKES_LIST).
    fn parse_list(key: &Ident, _list: &ParseBuffer<'_>) -> syn::Result<Self> {
        let example = Self::example(key);
        Err(syn::Error::new(key.span(), format!("write `{example}`")))
    }

    /// The value of the key alone, for an option that needs no value.
    fn without_value() -> Option<Self> {
        None
    }

    /// A valid use of the option.
    fn example(key: &Ident) -> String {
        format!("{key} = {}", Self::EXAMPLE)
    }
}

/// An expression, without the invisible brackets that `macro_rules` puts around a `$literal`.
pub(crate) fn parse_expression(input: ParseStream<'_>) -> syn::Result<Expr> {
    let mut expression = input.parse()?;
    while let Expr::Group(group) = expression {
        expression = *group.expr;
    }
    Ok(expression)
}

/// A string literal, or an error that `otherwise` makes from the expression found instead.
fn string(input: ParseStream<'_>, otherwise: impl FnOnce(&Expr) -> String) -> syn::Result<LitStr> {
    match parse_expression(input)? {
        Expr::Lit(ExprLit {
            lit: Lit::Str(literal),
            ..
        }) => Ok(literal),
        other => {
            let message = otherwise(&other);
            Err(syn::Error::new_spanned(other, message))
        }
    }
}
