//! Expressions over the payload: `user = …` and `concurrency_key = …`. They can use the payload, by
//! the name of its argument, and nothing else of the task.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, Pat, PatType};

use super::arguments::Arguments;
use super::{as_written, plain_name};
use crate::errors::Errors;
use crate::model::OverPayload;

pub(super) fn check<'a>(
    option: &str,
    expression: &'a Expr,
    arguments: &Arguments<'a>,
    errors: &mut Errors,
) -> Option<OverPayload<'a>> {
    let payload = payload_name(option, arguments.payload, errors)?;
    match wrong_name(option, expression, payload, arguments) {
        None => Some(OverPayload {
            payload,
            expression,
        }),
        Some((name, message)) => {
            errors.at(name.span(), message);
            None
        }
    }
}

/// The name that the expression can use for the payload.
fn payload_name<'a>(option: &str, argument: &'a PatType, errors: &mut Errors) -> Option<&'a Ident> {
    match &*argument.pat {
        Pat::Ident(pattern) => Some(&pattern.ident),
        pattern => {
            errors.at(
                pattern.span(),
                format!(
                    "`{option} = …` needs the payload by name: write `payload: {}` and destructure it \
                     in the body",
                    as_written(&argument.ty)
                ),
            );
            None
        }
    }
}

/// A name that the expression cannot use, and what to write instead. rustc would only say that it
/// was not found.
fn wrong_name<'e>(
    option: &str,
    expression: &'e Expr,
    payload: &Ident,
    arguments: &Arguments<'_>,
) -> Option<(&'e Ident, String)> {
    let own = plain_name(payload);
    let injected = |name: &Ident| arguments.injected.iter().any(|other| is_named(other, name));
    if let Some(name) = find_name(expression, &injected) {
        let message = format!(
            "`{name}` cannot be used here: `{option}` is an expression over the payload alone, as in \
             `{option} = {own}.owner_id`"
        );
        return Some((name, message));
    }
    // Constants are allowed too.
    let is_other =
        |name: &&Ident| *name != payload && !name.to_string().starts_with(char::is_uppercase);
    if let Expr::Path(path) = expression {
        let name = path.path.get_ident().filter(is_other)?;
        let remedy = match name == "payload" {
            true => own,
            false => format!("{own}.{name}"),
        };
        let message = format!("`{name}` is no argument of this task: write `{option} = {remedy}`");
        return Some((name, message));
    }
    let is_usual_name = |name: &Ident| name == "payload" || name == "self";
    let name = base(expression)
        .or_else(|| find_name(expression, &is_usual_name))
        .filter(is_other)?;
    let renamed = as_written(rename(expression.to_token_stream(), name, payload));
    let message = format!("the payload is called `{own}` here: write `{option} = {renamed}`");
    Some((name, message))
}

fn is_named(argument: &PatType, name: &Ident) -> bool {
    matches!(&*argument.pat, Pat::Ident(pattern) if pattern.ident == *name)
}

/// The base of an expression of fields and methods: `job` in `job.owner.id()`.
fn base(expression: &Expr) -> Option<&Ident> {
    let mut inner = inside(expression)?;
    while let Some(next) = inside(inner) {
        inner = next;
    }
    match (expression, inner) {
        // A name that is only borrowed may be a static or a function.
        (Expr::Field(_) | Expr::MethodCall(_), Expr::Path(path)) => path.path.get_ident(),
        _ => None,
    }
}

fn inside(expression: &Expr) -> Option<&Expr> {
    match expression {
        Expr::Field(field) => Some(&field.base),
        Expr::MethodCall(call) => Some(&call.receiver),
        Expr::Reference(reference) => Some(&reference.expr),
        Expr::Paren(paren) => Some(&paren.expr),
        Expr::Group(group) => Some(&group.expr),
        Expr::Unary(unary) => Some(&unary.expr),
        Expr::Index(index) => Some(&index.expr),
        _ => None,
    }
}

/// The first variable name that `is_wrong`, call arguments included. Closures and blocks are
/// skipped, because they may declare names of their own.
fn find_name<'e>(expression: &'e Expr, is_wrong: &impl Fn(&Ident) -> bool) -> Option<&'e Ident> {
    if let Expr::Path(path) = expression {
        return path.path.get_ident().filter(|name| is_wrong(name));
    }
    let arguments = match expression {
        Expr::Call(call) => Some(&call.args),
        Expr::MethodCall(call) => Some(&call.args),
        _ => None,
    };
    let arguments = arguments.into_iter().flatten();
    inside(expression)
        .into_iter()
        .chain(arguments)
        .find_map(|part| find_name(part, is_wrong))
}

/// Renames a variable. Fields and methods keep their names.
fn rename(tokens: TokenStream, from: &Ident, to: &Ident) -> TokenStream {
    let mut follows_dot = false;
    let rename_token = |token| {
        let is_member = std::mem::replace(
            &mut follows_dot,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '.'),
        );
        match token {
            TokenTree::Ident(name) if name == *from && !is_member => TokenTree::Ident(to.clone()),
            TokenTree::Group(group) => {
                let inner = rename(group.stream(), from, to);
                TokenTree::Group(Group::new(group.delimiter(), inner))
            }
            token => token,
        }
    };
    tokens.into_iter().map(rename_token).collect()
}
