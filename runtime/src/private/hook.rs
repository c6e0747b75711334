//! [`hook`] and [`catch_error`]: wrap the call of a hook.

use std::pin::Pin;

use crate::task::{CatchError, HookReturn, TaskResult};

/// The future that calling an `async fn` returns.
#[diagnostic::on_unimplemented(
    message = "a hook is an `async fn`, this one returns `{Self}`",
    label = "not an `async fn`",
    note = "write `async fn`, and leave the rest as it is"
)]
pub trait HookFuture {
    /// The output of the fn.
    type Return;

    /// Returns the future itself.
    fn returned(self) -> impl Future<Output = Self::Return> + Send;
}

#[diagnostic::do_not_recommend]
impl<F: Future + Send> HookFuture for F {
    type Return = F::Output;

    fn returned(self) -> impl Future<Output = F::Output> + Send {
        self
    }
}

/// Wraps a hook of which only the error matters.
pub fn hook<'a>(call: impl HookFuture<Return: HookReturn<()>> + Send + 'a) -> HookCall<'a, ()> {
    Box::pin(async move { call.returned().await.into_hook_result() })
}

/// Wraps a hook that decides what happens next.
pub fn catch_error<'a>(
    call: impl HookFuture<Return: HookReturn<CatchError>> + Send + 'a,
) -> HookCall<'a, CatchError> {
    Box::pin(async move { call.returned().await.into_hook_result() })
}

type HookCall<'a, R> = Pin<Box<dyn Future<Output = TaskResult<R>> + Send + 'a>>;
