//! [`FromTask`]: the injection of a task's arguments.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::auth::AuthMode;
use crate::client::Client;

use super::TaskContext;
use crate::run::TaskResult;
use crate::supabase::States;
#[cfg(feature = "sql")]
use crate::{config::ConfigError, sql::Database};

/// A type that a task of mode `M` can take as an argument after its payload.
///
/// It is implemented for [`TaskContext`], for [`State<T>`](super::State) and for the client of the mode,
/// [`Client<M>`](Client). No other client implements it, which keeps a service client out of a user task.
/// Implement it for your own types:
///
/// ```
/// use supabase_task::auth::AuthMode;
/// use supabase_task::prelude::*;
/// use supabase_task::task::{FromTask, TaskRequest};
///
/// /// Todos through the client of whoever the task runs as.
/// struct Todos<M: AuthMode>(supabase_task::Client<M>);
///
/// impl<M: AuthMode> FromTask<M> for Todos<M> {
///     async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
///         Ok(Self(request.client().clone()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be injected into a task that runs as `{M}`",
    label = "cannot be injected here",
    note = "after its payload, a task takes the client or the database of its mode (`UserClient` with `auth = \"user\"`, `ServiceClient` with `auth = \"service\"`, `AnonClient` with `auth = \"anon\"`, `RoleClient<R>` with `auth = \"role\", role = R`), `TaskContext`, `State<T>`, or a type of yours that implements `FromTask<{M}>`"
)]
pub trait FromTask<M: AuthMode>: Sized + 'static {
    /// Whether this needs the project's database, so that `SUPABASE_DB_URL` is read and checked when the
    /// program starts. Set it in a type of yours that calls `TaskRequest::database` (feature `sql`).
    const TAKES_DATABASE: bool = false;

    /// Makes the argument for one attempt of a task.
    ///
    /// # Errors
    ///
    /// If this returns an error, the attempt fails with it, and the task's function is not called.
    fn from_task(request: &TaskRequest<M>) -> impl Future<Output = TaskResult<Self>> + Send;

    /// Calls [`from_task`](Self::from_task), but returns a future whose type does not depend on this trait,
    /// so that a type that cannot be injected gives one compile error instead of one for each use.
    #[doc(hidden)]
    fn inject(
        request: &TaskRequest<M>,
    ) -> Pin<Box<dyn Future<Output = TaskResult<Self>> + Send + '_>> {
        Box::pin(Self::from_task(request))
    }
}

/// One attempt of a task, as seen by [`FromTask`]: the client of the task's mode, the context and the
/// application's state. It gives no access to another identity.
pub struct TaskRequest<M: AuthMode> {
    pub(super) client: Client<M>,
    pub(super) context: TaskContext,
    pub(super) states: Arc<States>,
    /// The reason if there is none.
    #[cfg(feature = "sql")]
    pub(super) database: Result<Database<M>, ConfigError>,
}

impl<M: AuthMode> TaskRequest<M> {
    /// Returns the client of the task's identity.
    pub fn client(&self) -> &Client<M> {
        &self.client
    }

    /// Returns the database as the task's identity sees it.
    ///
    /// # Errors
    ///
    /// If this process has no database: see [`FromTask::TAKES_DATABASE`].
    #[cfg(feature = "sql")]
    pub fn database(&self) -> TaskResult<&Database<M>> {
        Ok(self.database.as_ref().map_err(Clone::clone)?)
    }

    /// Returns the context of the run.
    pub fn context(&self) -> &TaskContext {
        &self.context
    }

    /// Returns the application's state of this type, if it was set.
    pub fn state<T: 'static>(&self) -> Option<&T> {
        self.states.get()
    }
}

impl<M: AuthMode> fmt::Debug for TaskRequest<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskRequest")
            .field("client", &self.client)
            .field("context", &self.context)
            .finish_non_exhaustive()
    }
}

#[diagnostic::do_not_recommend]
impl<M: AuthMode> FromTask<M> for Client<M> {
    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        Ok(request.client().clone())
    }
}

#[cfg(feature = "sql")]
#[diagnostic::do_not_recommend]
impl<M: AuthMode> FromTask<M> for Database<M> {
    const TAKES_DATABASE: bool = true;

    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        request.database().cloned()
    }
}

#[diagnostic::do_not_recommend]
impl<M: AuthMode> FromTask<M> for TaskContext {
    async fn from_task(request: &TaskRequest<M>) -> TaskResult<Self> {
        Ok(request.context().clone())
    }
}
