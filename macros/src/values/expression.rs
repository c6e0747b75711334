//! `user` and `concurrency_key`: expressions over the payload. Their types are checked where they
//! are used.

use syn::Expr;
use syn::parse::ParseStream;

use super::{Value, parse_expression};

/// `user`: who the task runs as.
pub(crate) struct UserExpr(pub(crate) Expr);

impl Value for UserExpr {
    const EXAMPLE: &'static str = "payload.owner_id";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        match parse_expression(input)? {
            Expr::Lit(literal) => Err(syn::Error::new_spanned(
                literal,
                "`user` is an expression over the payload, not a literal: \
                 write `user = payload.owner_id`",
            )),
            Expr::Try(attempt) => Err(syn::Error::new(
                attempt.question_token.span,
                "`user` cannot fail: parse where the payload is made, and let its field be a `UserId`",
            )),
            Expr::Await(waiting) => Err(syn::Error::new(
                waiting.await_token.span,
                "`user` cannot wait: the payload alone says who the task runs as",
            )),
            expression => Ok(Self(expression)),
        }
    }
}

/// `concurrency_key`: which of the queue's limits a run counts for.
pub(crate) struct KeyExpr(pub(crate) Expr);

impl Value for KeyExpr {
    const EXAMPLE: &'static str = "payload.team_id";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        match parse_expression(input)? {
            Expr::Lit(literal) => Err(syn::Error::new_spanned(
                literal,
                "`concurrency_key` is an expression over the payload, not a literal: write \
                 `concurrency_key = payload.team_id`, or leave it out if all runs share one limit",
            )),
            Expr::Try(attempt) => Err(syn::Error::new(
                attempt.question_token.span,
                "`concurrency_key` cannot fail: the payload alone says which limit a run counts for",
            )),
            Expr::Await(waiting) => Err(syn::Error::new(
                waiting.await_token.span,
                "`concurrency_key` cannot wait: the payload alone says which limit a run counts for",
            )),
            expression => Ok(Self(expression)),
        }
    }
}
