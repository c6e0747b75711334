//! A task that passed every check. Only legal states can be expressed, so expanding cannot fail.

use proc_macro2::TokenStream;
use syn::{Ident, Type};

use crate::values::Mode;

pub(crate) struct Task<'a> {
    pub(crate) id: Id,
    pub(crate) mode: Mode,
    pub(crate) identity: Identity<'a>,
    pub(crate) payload: &'a Type,
    /// The arguments after the payload, in order.
    pub(crate) injected: Vec<&'a Type>,
    pub(crate) returns: &'a Type,
    pub(crate) crate_path: TokenStream,
}

/// Where the task's id comes from.
pub(crate) enum Id {
    /// The `id` option, or the fn's name.
    Literal(syn::LitStr),
    /// The module's name: the fn is called `run`, one task a module.
    Module,
}

/// Who the task runs as.
pub(crate) enum Identity<'a> {
    /// `payload.user_id`.
    Field,
    /// `user = …`, over the payload as the user named it.
    Expression {
        payload: &'a Ident,
        expression: &'a syn::Expr,
    },
    /// No user: a service or anon task.
    Nobody,
}
