//! [`Supabase`]: one project, and the clients of each identity for it.

mod states;

use std::fmt;
use std::sync::Arc;

use crate::UserId;
use crate::auth::{AuthMode, DatabaseRole};
use crate::client::{AnonClient, Client, Project, RoleClient, ServiceClient, UserClient};
use crate::config::{ApiKey, ConfigError};
#[cfg(feature = "sql")]
use crate::sql::{
    AnonDatabase, Connections, Database, RoleDatabase, ServiceDatabase, UserDatabase,
};
use crate::token::RunClaim;
#[cfg(feature = "sql")]
use crate::{auth::AuthKind, config::ConfigProblem};

pub(crate) use self::states::States;

/// A Supabase project to run tasks with. Cheap to clone; create one per process.
///
/// All its clients share one connection pool. It holds the keys; each client it returns holds only
/// those that its identity needs.
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
    pub(crate) project: Arc<Project>,
    /// Not part of the project, which every client holds: only service clients hold this.
    pub(crate) service_key: Option<Arc<ApiKey>>,
    pub(crate) states: Arc<States>,
    #[cfg(feature = "sql")]
    pub(crate) database: Option<Arc<Connections>>,
}

impl Supabase {
    /// Returns the same project with a value that tasks can take as `State<T>`. It holds one value of
    /// each type: a second one replaces the first.
    #[must_use = "the value is in the `Supabase` returned"]
    pub fn with_state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        Arc::make_mut(&mut self.states).insert(value);
        self
    }

    /// Returns a client that acts as `user` outside of any task, for a test or to call a task's fn by
    /// hand. Does not check whether the user exists.
    ///
    /// # Errors
    ///
    /// If this process has no publishable key or no key to sign with.
    pub fn user_client(&self, user: UserId) -> Result<UserClient, ConfigError> {
        UserClient::connect(&self.project, None, user, None)
    }

    /// Returns a client of the service role, outside of any task. It bypasses Row Level Security.
    ///
    /// # Errors
    ///
    /// If this process has no secret key: it is read only if a service task is linked, or with
    /// [`SupabaseBuilder::needs`](crate::SupabaseBuilder::needs).
    pub fn service_client(&self) -> Result<ServiceClient, ConfigError> {
        ServiceClient::connect(&self.project, self.service_key.as_deref(), (), None)
    }

    /// Returns a client of the `anon` role, outside of any task.
    ///
    /// # Errors
    ///
    /// If this process has no publishable key.
    pub fn anon_client(&self) -> Result<AnonClient, ConfigError> {
        AnonClient::connect(&self.project, None, (), None)
    }

    /// Returns the database as `user` sees it, outside of any task.
    ///
    /// # Errors
    ///
    /// If this process has no database (`SUPABASE_DB_URL` is read only if a linked task takes one, or with
    /// [`SupabaseBuilder::needs_database`](crate::SupabaseBuilder::needs_database)), or no key to sign
    /// with, which a user's claims need.
    #[cfg(feature = "sql")]
    pub fn user_database(&self, user: UserId) -> Result<UserDatabase, ConfigError> {
        if self.project.minter().is_none() {
            return Err(ConfigProblem::mode_not_configured(AuthKind::User).into());
        }
        self.database(user, None)
    }

    /// Returns the database as the service role sees it, outside of any task. It bypasses Row Level
    /// Security.
    ///
    /// # Errors
    ///
    /// If this process has no database.
    #[cfg(feature = "sql")]
    pub fn service_database(&self) -> Result<ServiceDatabase, ConfigError> {
        self.database((), None)
    }

    /// Returns the database as the `anon` role sees it, outside of any task.
    ///
    /// # Errors
    ///
    /// If this process has no database.
    #[cfg(feature = "sql")]
    pub fn anon_database(&self) -> Result<AnonDatabase, ConfigError> {
        self.database((), None)
    }

    /// Returns the database as the role `R` sees it, outside of any task. With a `user`, the claims name that
    /// user.
    ///
    /// # Errors
    ///
    /// As [`user_database`](Self::user_database).
    #[cfg(feature = "sql")]
    pub fn role_database<R: DatabaseRole>(
        &self,
        user: Option<UserId>,
    ) -> Result<RoleDatabase<R>, ConfigError> {
        if self.project.minter().is_none() {
            return Err(ConfigProblem::mode_not_configured(AuthKind::Role).into());
        }
        self.database(user, None)
    }

    /// Returns a client of the role `R`, outside of any task. With a `user`, its tokens name that user, and
    /// `auth.uid()` in policies returns their id. Does not check whether the user exists.
    ///
    /// # Errors
    ///
    /// If this process has no publishable key or no key to sign with.
    pub fn role_client<R: DatabaseRole>(
        &self,
        user: Option<UserId>,
    ) -> Result<RoleClient<R>, ConfigError> {
        RoleClient::connect(&self.project, None, user, None)
    }

    /// Returns the project's URL, without a path.
    pub fn url(&self) -> String {
        self.project.origin()
    }

    /// Fails if the keys for the clients of `M` are missing.
    pub(crate) fn check_keys<M: AuthMode>(&self) -> Result<(), ConfigError> {
        self.project
            .check_keys(M::KIND, self.service_key.as_deref())
    }

    /// Returns the client of one run. A user's tokens carry the run.
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

    /// Returns the database of one run.
    #[cfg(feature = "sql")]
    pub(crate) fn database<M: AuthMode>(
        &self,
        identity: M::Identity,
        run: Option<RunClaim>,
    ) -> Result<Database<M>, ConfigError> {
        let connections = self.database.as_ref();
        let connections = connections.ok_or_else(ConfigProblem::no_database)?;
        let minter = self.project.minter().cloned();
        Ok(Database::new(
            Arc::clone(connections),
            minter,
            identity,
            run,
        ))
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
