//! [`SupabaseBuilder`]: where a project's values come from.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use crate::auth::AuthKind;
use crate::client::{DEFAULT_MAX_RESPONSE_BYTES, Http, Project, Timeouts};
use crate::config::{Config, ConfigError, ConfigProblem, Needs, Settings};
use crate::engine::{duplicate_ids, linked_tasks};
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
    clock: Arc<dyn Clock>,
    states: States,
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
}

impl SupabaseBuilder {
    fn new() -> Self {
        Self {
            settings: Settings::default(),
            variables: None,
            needs: Vec::new(),
            modes: vec![AuthKind::User, AuthKind::Service, AuthKind::Anon],
            timeouts: Timeouts::default(),
            max_response_bytes: DEFAULT_MAX_RESPONSE_BYTES,
            retries: true,
            clock: Arc::new(SystemClock),
            states: States::default(),
        }
    }

    /// Reads what is not set here from the environment variables, as [`Supabase::from_env`] does;
    /// what the linked tasks need must then be there.
    pub fn read_env(self) -> Self {
        self.read_variables(Settings::environment)
    }

    /// As [`read_env`](Self::read_env), from somewhere else: a secret store, a file, a test's map.
    /// The closure is asked for variables by name, and only for those that are needed.
    pub fn read_variables(
        mut self,
        variables: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.variables = Some(Box::new(variables));
        self
    }

    /// Asks for the keys of an identity that no linked task has: for `Supabase::service_client`
    /// without a service task, or `act_as` without a user task.
    pub fn needs(mut self, mode: AuthKind) -> Self {
        self.needs.push(mode);
        self
    }

    /// Of the linked tasks only those of these modes count: for a process that runs no others.
    #[cfg(feature = "cli")]
    pub(crate) fn modes(mut self, modes: &[AuthKind]) -> Self {
        self.modes = modes.to_vec();
        self
    }

    /// The project's URL: scheme and host, without a path.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.settings.url(url.into());
        self
    }

    /// The publishable key (`sb_publishable_…`), or the legacy `anon` key.
    pub fn publishable_key(mut self, key: impl Into<SecretString>) -> Self {
        self.settings.publishable_key(key);
        self
    }

    /// The secret key (`sb_secret_…`), or the legacy `service_role` key.
    pub fn secret_key(mut self, key: impl Into<SecretString>) -> Self {
        self.settings.secret_key(key);
        self
    }

    /// The JWT secret, for tokens signed with HS256. At least 32 bytes; used as written, not
    /// decoded from base64.
    pub fn jwt_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.settings.jwt_secret(secret);
        self
    }

    /// A private signing key as a JWK, for tokens signed with ES256 or RS256. Wins over
    /// [`jwt_secret`](Self::jwt_secret).
    pub fn jwt_signing_key(mut self, jwk: impl Into<SecretString>) -> Self {
        self.settings.jwt_signing_key(jwk);
        self
    }

    /// How long a user's token is good for: 1 second to 24 hours; 1 hour by default. It is renewed
    /// 60 seconds before its end, or at half its life if that is later.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.settings.token.lifetime = lifetime;
        self
    }

    /// A further claim in every user's token, or another value for a usual one: `email`,
    /// `app_metadata`, `aal`, a `role` of your own. Policies read it with `auth.jwt()`.
    ///
    /// What identifies a token (`sub`, `iss`, `iat`, `nbf`, `exp`, `supabase_task`) cannot be set,
    /// nor a privileged role.
    pub fn token_claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.settings.token.claims.insert(name.into(), value.into());
        self
    }

    /// How long to wait for the server. 5 s to connect, 30 s for a request, 60 s for a call with
    /// all its attempts by default.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The longest answer that is read into memory, in bytes after decompression; a longer one is
    /// an error. 64 MiB by default.
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.max_response_bytes = bytes;
        self
    }

    /// Whether clients send what only reads again when the network fails or the server is away for a
    /// moment, as supabase-js does: see [`Query::retry`](crate::client::Query::retry). Yes by
    /// default.
    pub fn retries(mut self, retries: bool) -> Self {
        self.retries = retries;
        self
    }

    /// Where the time for tokens comes from: for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// A value that tasks can take as `State<T>`: see [`Supabase::with_state`].
    pub fn state<T: Clone + Send + Sync + 'static>(mut self, value: T) -> Self {
        self.states.insert(value);
        self
    }

    /// Checks everything and makes the project's connection pool. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Every problem at once: see [`Supabase::from_env`].
    pub fn build(mut self) -> Result<Supabase, ConfigError> {
        let needs = self.all_needs();
        if let Some(variables) = &self.variables {
            self.settings.read(variables, &needs);
        }
        let mut problems: Vec<ConfigProblem> = duplicate_ids()
            .into_iter()
            .map(|(id, places)| ConfigProblem::duplicate_task_id(id, places))
            .collect();
        let config = match self.settings.check(&needs) {
            Ok(config) if problems.is_empty() => config,
            Ok(_) => return Err(ConfigError::new(problems)),
            Err(error) => {
                problems.extend(error.into_problems());
                return Err(ConfigError::new(problems));
            }
        };
        self.connect(config)
    }

    /// Values given by hand are taken as they are; values that are looked up must cover the tasks.
    fn all_needs(&self) -> Needs {
        let linked = linked_tasks()
            .filter(|task| self.modes.contains(&task.auth()))
            .map(|task| (task.auth(), Some(task.id())));
        let asked_for = self.needs.iter().map(|mode| (*mode, None));
        match self.variables {
            Some(_) => asked_for.chain(linked).collect(),
            None => asked_for.collect(),
        }
    }

    fn connect(self, config: Config) -> Result<Supabase, ConfigError> {
        let http = Http::new(config.url.as_url(), self.timeouts, self.max_response_bytes)
            .map_err(|error| ConfigProblem::http_client(&error))?;
        let issuer = config.url.issuer();
        let Config {
            url,
            publishable_key,
            secret_key,
            signer,
            claims,
        } = config;
        let minter = signer.map(|signer| Minter::new(signer, &issuer, claims, self.clock));
        let project = Project::new(
            http,
            url.as_url().clone(),
            publishable_key,
            minter.map(Arc::new),
            self.retries,
        );
        Ok(Supabase {
            project: Arc::new(project),
            service_key: secret_key.map(Arc::new),
            states: Arc::new(self.states),
        })
    }
}

impl fmt::Debug for SupabaseBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SupabaseBuilder")
            .field("settings", &self.settings)
            .field("needs", &self.needs)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}
