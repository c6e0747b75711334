//! [`State`]: a value that the application passes to its tasks.

use std::any::{TypeId, type_name};
use std::ops::Deref;

use crate::Supabase;
use crate::auth::{Anon, AuthMode, DatabaseRole, Role, Service, User};
use crate::client::Client;

use super::{FromTask, TaskRequest};
use crate::run::{TaskError, TaskResult};

/// A value of your application that is injected into tasks, such as a mailer, a cache or a database pool.
///
/// Set it once with `Supabase::with_state`. It is cloned for each run, so make it cheap to clone.
///
/// A task takes no client and no database of another identity this way: the task aborts. That does not hold
/// for one inside a type of yours, so do not put it there.
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

/// Detects, even behind an alias, the types that the macro refuses by name, and those of another role.
fn reaches_other_identities<M: AuthMode, T: 'static>() -> bool {
    let state = TypeId::of::<T>();
    if is_handle::<M>(state) {
        return false;
    }
    let is_of_role = || {
        let mut roles = inventory::iter::<RoleHandles>.into_iter();
        roles.any(|role| (role.include)(state))
    };
    state == TypeId::of::<Supabase>()
        || is_handle::<User>(state)
        || is_handle::<Service>(state)
        || is_handle::<Anon>(state)
        || is_of_role()
}

/// Whether a type is the client or the database of an identity.
fn is_handle<M: AuthMode>(state: TypeId) -> bool {
    let is_client = state == TypeId::of::<Client<M>>();
    #[cfg(feature = "sql")]
    let is_client = is_client || state == TypeId::of::<crate::sql::Database<M>>();
    is_client
}

/// The client and the database of a role that is declared in this program.
#[doc(hidden)]
#[derive(Debug)]
pub struct RoleHandles {
    include: fn(TypeId) -> bool,
}

inventory::collect!(RoleHandles);

impl RoleHandles {
    /// Returns those of the role `R`.
    pub const fn of<R: DatabaseRole>() -> Self {
        Self {
            include: is_handle::<Role<R>>,
        }
    }
}
