//! [`State`]: a value that the application passes to its tasks.

use std::any::{TypeId, type_name};
use std::ops::Deref;

use crate::Supabase;
use crate::auth::{AuthKind, AuthMode};
use crate::client::ServiceClient;

use super::{FromTask, TaskRequest};
use crate::run::{TaskError, TaskResult};

/// A value of your application that is injected into tasks, such as a mailer, a cache or a database pool.
///
/// Set it once with `Supabase::with_state`. It is cloned for each run, so make it cheap to clone.
///
/// ```
/// use supabase_task::prelude::*;
///
/// #[derive(Clone)]
/// struct Mailer;
///
/// #[supabase_task(auth = "service")]
/// async fn remind(
///     _payload: (),
///     supabase: ServiceClient,
///     State(mailer): State<Mailer>,
/// ) -> TaskResult<()> {
///     Ok(())
/// }
///
/// fn set_up(supabase: Supabase) -> Supabase {
///     supabase.with_state(Mailer)
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct State<T>(
    /// The value.
    pub T,
);

impl<T> Deref for State<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<M: AuthMode, T: Clone + Send + Sync + 'static> FromTask<M> for State<T> {
    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        if reaches_other_identities::<M, T>() {
            return Err(TaskError::abort(format!(
                "task `{}` runs as `{}` and takes `State<{}>`, which acts as another identity: \
                 take the client of the task's own identity",
                request.context().task_id(),
                M::KIND,
                type_name::<T>(),
            )));
        }
        request.state::<T>().cloned().map(Self).ok_or_else(|| {
            TaskError::abort(format!(
                "task `{}` takes `State<{name}>`, but no `{name}` was given: call \
                 `.with_state(…)` on your `Supabase`",
                request.context().task_id(),
                name = type_name::<T>(),
            ))
        })
    }
}

/// Detects, even behind an alias, the types that the macro refuses by name.
fn reaches_other_identities<M: AuthMode, T: 'static>() -> bool {
    let state = TypeId::of::<T>();
    let is_service = state == TypeId::of::<ServiceClient>();
    #[cfg(feature = "sql")]
    let is_service = is_service || state == TypeId::of::<crate::sql::ServiceDatabase>();
    state == TypeId::of::<Supabase>() || is_service && M::KIND != AuthKind::Service
}
