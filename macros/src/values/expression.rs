//! `user` and `concurrency_key`: expressions over the payload. Their types are checked where they
//! are used.

use syn::Expr;
use syn::parse::ParseStream;

use super::{Value, parse_expression};

/// `user`: the user that the task runs as.
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
                "`user` cannot fail: parse the id where the payload is created, into a `UserId` field",
            )),
            Expr::Await(waiting) => Err(syn::Error::new(
                waiting.await_token.span,
                "`user` cannot await: the user must follow from the payload alone",
            )),
            expression => Ok(Self(expression)),
        }
    }
}

/// `concurrency_key`: the key whose runs share a limit.
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
                "`concurrency_key` cannot fail: the key must follow from the payload alone",
            )),
            Expr::Await(waiting) => Err(syn::Error::new(
                waiting.await_token.span,
                "`concurrency_key` cannot await: the key must follow from the payload alone",
            )),
            expression => Ok(Self(expression)),
        }
    }
}
