//! A task that passed every check. Only legal states can be expressed, so expanding cannot fail.

use std::time::Duration;

use proc_macro2::TokenStream;
use syn::{ExprPath, Ident, LitStr, Type};

use crate::values::{Mode, Queue, Retry};

pub(crate) struct Task<'a> {
    pub(crate) id: Id,
    pub(crate) mode: Mode,
    /// The role of a task with `auth = "role"`.
    pub(crate) role: Option<&'a Type>,
    pub(crate) identity: Identity<'a>,
    pub(crate) payload: &'a Type,
    /// The arguments after the payload, in order.
    pub(crate) injected: Vec<&'a Type>,
    pub(crate) returns: &'a Type,
    pub(crate) running: Running<'a>,
    pub(crate) crate_path: TokenStream,
}

/// Where the task's id comes from.
pub(crate) enum Id {
    /// The `id` option, or the fn's name.
    Literal(LitStr),
    /// The module's name, when the function is called `run`: one task per module.
    Module,
}

/// The identity that the task runs as.
pub(crate) enum Identity<'a> {
    /// `payload.user_id`.
    Field,
    /// `user = …`.
    Expression(OverPayload<'a>),
    /// No user: a service or anon task, or a role that acts for no user.
    Nobody,
}

/// An expression over the payload, and the payload as the user named it.
pub(crate) struct OverPayload<'a> {
    pub(crate) payload: &'a Ident,
    pub(crate) expression: &'a syn::Expr,
}

/// How the task is run: the options that differ from the runtime's defaults.
pub(crate) struct Running<'a> {
    pub(crate) retry: Option<&'a Retry>,
    pub(crate) max_duration: Option<Duration>,
    pub(crate) queue: Option<&'a Queue>,
    pub(crate) concurrency_key: Option<OverPayload<'a>>,
    pub(crate) schedule: Option<Schedule<'a>>,
    pub(crate) ttl: Option<Duration>,
    pub(crate) priority: Option<u32>,
    pub(crate) hooks: Vec<Hook<'a>>,
}

/// When a task runs automatically.
pub(crate) struct Schedule<'a> {
    pub(crate) line: &'a LitStr,
    pub(crate) timezone: Option<&'a LitStr>,
}

/// A function that is called in addition to the task's own.
pub(crate) struct Hook<'a> {
    pub(crate) kind: HookKind,
    pub(crate) path: &'a ExprPath,
}

/// When a hook is called.
#[derive(Clone, Copy)]
pub(crate) enum HookKind {
    Start,
    Success,
    Failure,
    Complete,
    CatchError,
}
