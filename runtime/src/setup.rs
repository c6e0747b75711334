//! [`SupabaseBuilder`]: builds a [`Supabase`] from given values or from the environment.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use crate::auth::AuthKind;
use crate::client::{Connections, DEFAULT_MAX_RESPONSE_BYTES, Http, Project, Timeouts};
use crate::config::{Config, ConfigError, ConfigProblem, Needs, Settings};
use crate::debug::debug_fields;
use crate::engine::{duplicate_ids, linked_tasks};
#[cfg(feature = "sql")]
use crate::sql;
use crate::supabase::{States, Supabase};
use crate::token::{Clock, Minter, SystemClock};

type Variables = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Builds a [`Supabase`]. Nothing is read or checked before [`build`](Self::build).
///
/// ```no_run
/// use std::time::Duration;
/// use supabase_task::Supabase;
///
/// let supabase = Supabase::builder()
///     .url("http://127.0.0.1:54321")
///     .publishable_key("sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH")
///     .jwt_secret("super-secret-jwt-token-with-at-least-32-characters-long")
///     .token_lifetime(Duration::from_secs(15 * 60))
///     .build()?;
/// # Ok::<(), supabase_task::ConfigError>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct SupabaseBuilder {
    settings: Settings,
    variables: Option<Variables>,
    needs: Vec<AuthKind>,
    /// The modes whose linked tasks count.
    modes: Vec<AuthKind>,
    timeouts: Timeouts,
    max_response_bytes: u64,
    retries: bool,
    connections: Connections,
    clock: Arc<dyn Clock>,
    states: States,
    #[cfg(feature = "sql")]
    database: Database,
}

/// What is asked of the database.
#[cfg(feature = "sql")]
struct Database {
    is_needed: bool,
    connections: u32,
    /// The local stack's, in place of a URL.
    given: Option<Arc<sql::Connections>>,
}

impl Supabase {
    /// Creates the project from environment variables. Reads only the variables that the tasks linked
    /// into this program need: without a service task, it does not read the secret key.
    ///
    /// | variable | for |
    /// | --- | --- |
    /// | `SUPABASE_URL` (or `SUPABASE_PROJECT_URL`) | every task |
    /// | `SUPABASE_PUBLISHABLE_KEY` (or `SUPABASE_PUBLISHABLE_KEYS`, `SUPABASE_ANON_KEY`) | user, role and anon tasks |
    /// | `SUPABASE_JWT_SIGNING_KEY` (a private JWK) or `SUPABASE_JWT_SECRET` | user and role tasks |
    /// | `SUPABASE_SECRET_KEY` (or `SUPABASE_SECRET_KEYS`, `SUPABASE_SERVICE_ROLE_KEY`) | service tasks |
    /// | `SUPABASE_DB_URL` | tasks that take a database (feature `sql`) |
    ///
    /// # Errors
    ///
    /// Everything missing or wrong at once: each problem with its variable, its purpose, the tasks
    /// that need it and where the dashboard shows it. Two tasks with the same id are an error too.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder().read_env().build()
    }

    /// Returns a builder, for a project from your own values, or from the environment with options.
    pub fn builder() -> SupabaseBuilder {
        SupabaseBuilder::new()
    }
}

impl SupabaseBuilder {
    fn new() -> Self {
        Self {
            settings: Settings::default(),
            variables: None,
            needs: Vec::new(),
            modes: AuthKind::ALL.to_vec(),
            timeouts: Timeouts::default(),
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            retries: true,
            connections: Connections::Reused,
            clock: Arc::new(SystemClock),
            states: States::default(),
            #[cfg(feature = "sql")]
            database: Database {
                is_needed: false,
                connections: 5,
                given: None,
            },
        }
    }

    /// Reads values that are not set here from environment variables, as [`Supabase::from_env`] does.
    /// All values that the linked tasks need must then be set.
    pub fn read_env(self) -> Self {
        self.read_variables(Settings::environment)
    }

    /// Like [`read_env`](Self::read_env), from another source: a secret store, a file, a test's map.
    /// The closure is called with the names of variables, and only of those that are needed.
    pub fn read_variables(
        mut self,
        variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.variables = Some(Box::new(variables));
        self
    }

    /// Requires the keys of an identity that no linked task has: for `Supabase::service_client`
    /// without a service task, or `act_as` without a user task.
    pub fn needs(mut self, mode: AuthKind) -> Self {
        self.needs.push(mode);
        self
    }

    /// Counts only the linked tasks of these modes, for a process that runs no others.
    #[cfg(feature = "cli")]
    pub(crate) fn modes(mut self, modes: &[AuthKind]) -> Self {
        self.modes = modes.to_vec();
        self
    }

    /// Sets the project's URL: scheme and host, without a path.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.settings.url(url.into());
        self
    }

    /// Sets the publishable key (`sb_publishable_…`), or the legacy `anon` key.
    pub fn publishable_key(mut self, key: impl Into<SecretString>) -> Self {
        self.settings.publishable_key(key);
        self
    }

    /// Sets the secret key (`sb_secret_…`), or the legacy `service_role` key.
    pub fn secret_key(mut self, key: impl Into<SecretString>) -> Self {
        self.settings.secret_key(key);
        self
    }

    /// Sets the JWT secret, for tokens signed with HS256. At least 32 bytes; used as written, not
    /// decoded from base64.
    pub fn jwt_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.settings.jwt_secret(secret);
        self
    }

    /// Sets a private signing key as a JWK, for tokens signed with ES256 or RS256. Wins over
    /// [`jwt_secret`](Self::jwt_secret).
    pub fn jwt_signing_key(mut self, jwk: impl Into<SecretString>) -> Self {
        self.settings.jwt_signing_key(jwk);
        self
    }

    /// Sets the URL of the project's PostgreSQL, for tasks that take a database: see [`sql`](crate::sql).
    /// Replaces the variable `SUPABASE_DB_URL`.
    ///
    /// Over the internet it must ask for an encrypted connection, as
    /// `…?sslmode=verify-full&sslrootcert=prod-ca-2021.crt` does.
    #[cfg(feature = "sql")]
    pub fn database_url(mut self, url: impl Into<SecretString>) -> Self {
        self.settings.database_url(url);
        self
    }

    /// Sets how many connections all databases of this process share: 5 by default, at least 1. A
    /// transaction holds one from its beginning to its end; other tasks wait for up to 15 seconds.
    #[cfg(feature = "sql")]
    pub fn database_connections(mut self, most: u32) -> Self {
        self.database.connections = most.max(1);
        self
    }

    /// Requires the database's URL even if no linked task takes a database: for
    /// `Supabase::user_database` and its siblings.
    #[cfg(feature = "sql")]
    pub fn needs_database(mut self) -> Self {
        self.database.is_needed = true;
        self
    }

    /// Uses these connections in place of a URL's.
    #[cfg(all(feature = "sql", feature = "local"))]
    pub(crate) fn database(mut self, connections: Arc<sql::Connections>) -> Self {
        self.database.given = Some(connections);
        self
    }

    /// Sets how long a user's token is valid: 1 second to 24 hours; 1 hour by default. It is renewed
    /// 60 seconds before it expires, or at half its lifetime if that is later.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token.lifetime = lifetime;
        self
    }

    /// Adds a claim to every token of a user or a role, or replaces a usual one: `email`, `app_metadata`,
    /// `aal`, a `role` of your own for users. Policies read it with `auth.jwt()`.
    ///
    /// The claims that identify a token (`sub`, `iss`, `iat`, `nbf`, `exp`, `supabase_task`) cannot
    /// be set, nor can a privileged role.
    pub fn token_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.settings.token.claims.insert(name.into(), value.into());
        self
    }

    /// Sets how long to wait for the server. By default 5 s to connect, 30 s for a request, and 60 s
    /// for a call with all its attempts.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the longest response that is read into memory, in bytes after decompression. A longer one
    /// is an error. 64 MiB by default.
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Turns automatic retries of read-only requests on or off, for when the network fails or the
    /// server is briefly unavailable, as in supabase-js: see
    /// [`Query::retry`](crate::client::Query::retry). On by default.
    pub fn retries(mut self, retries: bool) -> Self {
        self.retries = retries;
        self
    }

    /// Sends each request on a connection of its own.
    #[cfg(feature = "local")]
    pub(crate) fn new_connections(mut self) -> Self {
        self.connections = Connections::New;
        self
    }

    /// Sets the clock that dates tokens, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Adds a value that tasks can take as `State<T>`: see [`Supabase::with_state`].
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.insert(value);
        self
    }

    /// Checks all values and creates the project's connection pool. Does not connect yet.
    ///
    /// # Errors
    ///
    /// All problems at once: see [`Supabase::from_env`].
    pub fn build(mut self) -> Result<Supabase, ConfigError> {
        let needs = self.all_needs();
        if let Some(variables) = &self.variables {
            self.settings.read(variables, &needs);
        }
        let mut problems: Vec<ConfigProblem> = duplicate_ids()
            .into_iter()
            .map(|(id, places)| ConfigProblem::duplicate_task_id(id, places))
            .collect();
        match self.settings.check(&needs) {
            Ok(config) if problems.is_empty() => return self.connect(config),
            Ok(_) => {}
            Err(error) => problems.extend(error.into_problems()),
        }
        Err(ConfigError::new(problems))
    }

    /// Values that are looked up must cover the linked tasks; values given by hand need not.
    fn all_needs(&self) -> Needs {
        let tasks = || linked_tasks().filter(|task| self.modes.contains(&task.auth()));
        let linked = tasks().map(|task| (task.auth(), Some(task.id())));
        let asked_for = self.needs.iter().map(|mode| (*mode, None));
        #[cfg_attr(not(feature = "sql"), allow(unused_mut))]
        let mut needs: Needs = match self.variables {
            Some(_) => asked_for.chain(linked).collect(),
            None => asked_for.collect(),
        };
        #[cfg(feature = "sql")]
        if self.database.given.is_none() {
            if self.database.is_needed {
                needs.add_database(None);
            }
            let taking = tasks().filter(|task| self.variables.is_some() && task.takes_database());
            taking.for_each(|task| needs.add_database(Some(task.id())));
        }
        needs
    }

    fn connect(self, config: Config) -> Result<Supabase, ConfigError> {
        let (timeouts, longest) = (self.timeouts, self.max_response_bytes);
        let http = Http::new(config.url.as_url(), timeouts, longest, self.connections)
            .map_err(|error| ConfigProblem::http_client(&error))?;
        let issuer = config.url.issuer();
        let minter = config
            .signer
            .map(|signer| Minter::new(signer, &issuer, config.claims, self.clock));
        let project = Project::new(
            http,
            config.url.as_url().clone(),
            config.publishable_key,
            minter.map(Arc::new),
            self.retries,
        );
        #[cfg(feature = "sql")]
        let database = self.database.given.or_else(|| {
            let url = config.database?;
            if let Some(weakness) = &url.weakness {
                tracing::warn!("{weakness}");
            }
            let most = self.database.connections;
            Some(Arc::new(sql::Connections::new(
                url.options,
                most,
                url.says_pooled,
            )))
        });
        Ok(Supabase {
            #[cfg(feature = "sql")]
            database,
            project: Arc::new(project),
            service_key: config.secret_key.map(Arc::new),
            states: Arc::new(self.states),
        })
    }
}

debug_fields!(SupabaseBuilder: |this| {
    settings: this.settings,
    needs: this.needs,
    timeouts: this.timeouts,
});
