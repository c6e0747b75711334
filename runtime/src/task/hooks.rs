//! Hooks: functions named in a task's attribute, called before or after the task's own.

use std::fmt;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use super::{Task, TaskContext, TaskOutput};
use crate::run::{BoxError, RetryPolicy, TaskError, TaskResult};

/// The attempt that a hook is called for.
///
/// ```
/// use supabase_task::prelude::*;
/// use supabase_task::task::HookContext;
///
/// #[supabase_task(auth = "service", on_start = announce)]
/// async fn sweep(_payload: (), supabase: ServiceClient) -> TaskResult<()> {
///     Ok(())
/// }
///
/// /// For `sweep` alone; `async fn announce<T: Task>(hook: HookContext<'_, T>)` is for every task.
/// async fn announce(hook: HookContext<'_, sweep>) {
///     println!("{} begins", hook.context().run_id());
/// }
/// ```
pub struct HookContext<'a, T: Task> {
    pub(super) payload: &'a T::Payload,
    pub(super) context: &'a TaskContext,
}

impl<T: Task> Clone for HookContext<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Task> Copy for HookContext<'_, T> {}

impl<'a, T: Task> HookContext<'a, T> {
    /// Returns the task's payload.
    pub fn payload(&self) -> &'a T::Payload {
        self.payload
    }

    /// Returns the context of the run and the attempt.
    pub fn context(&self) -> &'a TaskContext {
        self.context
    }
}

impl<T: Task> fmt::Debug for HookContext<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookContext")
            .field("context", self.context)
            .finish_non_exhaustive()
    }
}

/// The decision of `catch_error` about a failed attempt. The next attempt is made after 366 days at the
/// latest, whatever the decision.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum CatchError {
    /// The error and the task's `retry` decide.
    #[default]
    Default,
    /// The run fails now, even if attempts are left.
    SkipRetrying,
    /// The next attempt is made at this time, if one is left.
    RetryAt(SystemTime),
    /// The next attempt is made after this long, if one is left.
    RetryAfter(Duration),
    /// This policy decides instead of the task's.
    Retry(RetryPolicy),
}

/// A type that a hook can return: `()` or a `Result` of it; for `catch_error`, a [`CatchError`] or a `Result`
/// of one.
#[diagnostic::on_unimplemented(
    message = "this hook returns `{T}` or a `Result` of it, not `{Self}`",
    label = "returns `{Self}`",
    note = "the error of a `Result` is `TaskError`, `anyhow::Error` or any type that implements `std::error::Error`"
)]
pub trait HookReturn<T> {
    #[doc(hidden)]
    fn into_hook_result(self) -> TaskResult<T>;
}

impl HookReturn<()> for () {
    fn into_hook_result(self) -> TaskResult<()> {
        Ok(())
    }
}

impl HookReturn<CatchError> for CatchError {
    fn into_hook_result(self) -> TaskResult<CatchError> {
        Ok(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, E: Into<BoxError>> HookReturn<T> for Result<T, E> {
    fn into_hook_result(self) -> TaskResult<T> {
        self.map_err(|error| TaskError::from(error.into()))
    }
}

type HookFuture<'a, R> = Pin<Box<dyn Future<Output = TaskResult<R>> + Send + 'a>>;

type OnStart<T> = for<'a> fn(HookContext<'a, T>) -> HookFuture<'a, ()>;
type OnSuccess<T> = for<'a> fn(HookContext<'a, T>, &'a TaskOutput<T>) -> HookFuture<'a, ()>;
type OnFailure<T> = for<'a> fn(HookContext<'a, T>, &'a TaskError) -> HookFuture<'a, ()>;
type OnComplete<T> =
    for<'a> fn(HookContext<'a, T>, Result<&'a TaskOutput<T>, &'a TaskError>) -> HookFuture<'a, ()>;
type OnError<T> = for<'a> fn(HookContext<'a, T>, &'a TaskError) -> HookFuture<'a, CatchError>;

/// The hooks of one task, set by the attribute.
#[doc(hidden)]
pub struct Hooks<T: Task> {
    pub(crate) on_start: Option<OnStart<T>>,
    pub(crate) on_success: Option<OnSuccess<T>>,
    pub(crate) on_failure: Option<OnFailure<T>>,
    pub(crate) on_complete: Option<OnComplete<T>>,
    pub(crate) catch_error: Option<OnError<T>>,
}

/// Adds a method for each of these hooks, which sets it.
macro_rules! set_hook {
    ($($(#[$doc:meta])+ $name:ident: $hook:ty,)+) => {$(
        $(#[$doc])+
        #[must_use]
        pub const fn $name(mut self, hook: $hook) -> Self {
            self.$name = Some(hook);
            self
        }
    )+};
}

impl<T: Task> Hooks<T> {
    /// Creates an empty set of hooks.
    pub const fn new() -> Self {
        Self {
            on_start: None,
            on_success: None,
            on_failure: None,
            on_complete: None,
            catch_error: None,
        }
    }

    set_hook! {
        /// Sets the hook called before the task's function, in the first attempt of a run.
        on_start: OnStart<T>,
        /// Sets the hook called when the run has succeeded.
        on_success: OnSuccess<T>,
        /// Sets the hook called when the run has failed for good.
        on_failure: OnFailure<T>,
        /// Sets the hook called when the run has succeeded or failed for good, after the other two.
        on_complete: OnComplete<T>,
        /// Sets the hook called when an attempt has failed, which decides what happens next.
        catch_error: OnError<T>,
    }

    /// Returns whether there are no hooks, in which case the payload need not be kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.on_start.is_none()
            && self.on_success.is_none()
            && self.on_failure.is_none()
            && self.on_complete.is_none()
            && self.catch_error.is_none()
    }
}

impl<T: Task> Default for Hooks<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Task> fmt::Debug for Hooks<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").finish_non_exhaustive()
    }
}
