//! [`Supabase`]: one project, and the clients of each identity for it.

mod builder;

use std::fmt;
use std::sync::Arc;

use crate::UserId;
use crate::auth::AuthMode;
use crate::client::{AnonClient, Client, Project, ServiceClient, UserClient};
use crate::config::{ApiKey, ConfigError};
use crate::task::States;
use crate::token::RunClaim;

pub use builder::SupabaseBuilder;

/// A Supabase project: what tasks are run with. Cheap to clone; make one per process.
///
/// All its clients share one connection pool. It holds the keys; the clients it gives out hold only
/// what their identity needs.
///
/// ```no_run
/// use supabase_task::prelude::*;
///
/// # fn example() -> Result<(), supabase_task::ConfigError> {
/// let supabase = Supabase::from_env()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Supabase {
    project: Arc<Project>,
    /// Beside the project, which every client holds: only service clients hold this.
    service_key: Option<Arc<ApiKey>>,
    states: Arc<States>,
}

impl Supabase {
    /// The project that the environment variables name. Reads only what the tasks linked into this
    /// program need: without a service task, no secret key.
    ///
    /// | variable | for |
    /// | --- | --- |
    /// | `SUPABASE_URL` (or `SUPABASE_PROJECT_URL`) | every task |
    /// | `SUPABASE_PUBLISHABLE_KEY` (or `SUPABASE_PUBLISHABLE_KEYS`, `SUPABASE_ANON_KEY`) | user and anon tasks |
    /// | `SUPABASE_JWT_SIGNING_KEY` (a private JWK) or `SUPABASE_JWT_SECRET` | user tasks |
    /// | `SUPABASE_SECRET_KEY` (or `SUPABASE_SECRET_KEYS`, `SUPABASE_SERVICE_ROLE_KEY`) | service tasks |
    ///
    /// # Errors
    ///
    /// All that is missing or wrong, at once: each with its variable, what it is for, which task
    /// needs it and where the dashboard shows it. Two tasks with one id are an error here too.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().read_env().build()
    }

    /// A project from values of your own, or from the environment with options.
    pub fn builder() -> SupabaseBuilder {
        SupabaseBuilder::new()
    }

    /// The same project, with a value that tasks can take as `State<T>`. One value of each type; a
    /// second one replaces the first.
    #[must_use = "the value is in the `Supabase` returned"]
    pub fn with_state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        Arc::make_mut(&mut self.states).insert(value);
        self
    }

    /// A client that acts as `user`, outside of any task: for a test, or to call a task's fn by
    /// hand. Whether the user exists is not checked.
    ///
    /// # Errors
    ///
    /// If this process has no publishable key or nothing to sign with.
    pub fn user_client(&self, user: UserId) -> Result<UserClient, ConfigError> {
        UserClient::connect(&self.project, None, user, None)
    }

    /// A client of the service role, outside of any task. It bypasses Row Level Security.
    ///
    /// # Errors
    ///
    /// If this process has no secret key: it is read only if a service task is linked, or with
    /// [`SupabaseBuilder::needs`].
    pub fn service_client(&self) -> Result<ServiceClient, ConfigError> {
        ServiceClient::connect(&self.project, self.service_key.as_deref(), (), None)
    }

    /// A client of the `anon` role, outside of any task.
    ///
    /// # Errors
    ///
    /// If this process has no publishable key.
    pub fn anon_client(&self) -> Result<AnonClient, ConfigError> {
        AnonClient::connect(&self.project, None, (), None)
    }

    /// The project's URL, without a path.
    pub fn url(&self) -> String {
        self.project.origin()
    }

    /// The client of one run; a user's tokens carry the run.
    pub(crate) fn client_of_run<M: AuthMode>(
        &self,
        identity: M::Identity,
        run: RunClaim,
    ) -> Result<Client<M>, ConfigError> {
        Client::connect(
            &self.project,
            self.service_key.as_deref(),
            identity,
            Some(run),
        )
    }

    pub(crate) fn states(&self) -> Arc<States> {
        Arc::clone(&self.states)
    }
}

impl fmt::Debug for Supabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Supabase")
            .field("project", &self.project)
            .field("has_service_key", &self.service_key.is_some())
            .field("states", &self.states)
            .finish()
    }
}
