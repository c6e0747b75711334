//! The builder of a stack.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use super::keys::Keys;
use super::postgres::{Choice, LocalPostgres};
use super::project::Project;
use super::stack::{self, OnStep, Plan, Stop};
use super::{LocalError, LocalStep, LocalSupabase};

/// Configures a [`LocalSupabase`].
///
/// ```no_run
/// # async fn example() -> Result<(), supabase_task::LocalError> {
/// let stack = supabase_task::LocalSupabase::builder()
///     .migrations("supabase/migrations")
///     .seed("supabase/seed.sql")
///     .on_step(|step| eprintln!("{step}"))
///     .start()
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "a builder does nothing until `start` is awaited"]
#[derive(Default)]
pub struct LocalSupabaseBuilder {
    project: Option<PathBuf>,
    migrations: Option<PathBuf>,
    sql: Vec<String>,
    seed: Option<PathBuf>,
    postgres: Option<LocalPostgres>,
    fixed_keys: bool,
    jwt_secret: Option<SecretString>,
    jwks: Option<String>,
    exposed_schemas: Vec<String>,
    on_step: Option<OnStep>,
}

impl LocalSupabaseBuilder {
    /// Uses the files of this folder, in most projects `supabase`, as `supabase db reset` does: `roles.sql`, the
    /// migrations, and the seed files. Each may be missing.
    ///
    /// Of its `config.toml`, these settings are followed: `db.migrations.enabled`, `db.seed.enabled` and
    /// `db.seed.sql_paths`, `api.schemas`, `api.extra_search_path` and `api.max_rows`. [`migrations`](Self::migrations)
    /// and [`seed`](Self::seed) replace what the folder has.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), supabase_task::LocalError> {
    /// let stack = supabase_task::LocalSupabase::builder().project("../web/supabase").start().await?;
    /// # Ok(()) }
    /// ```
    pub fn project(mut self, folder: impl Into<PathBuf>) -> Self {
        self.project = Some(folder.into());
        self
    }

    /// Sets the folder of the migrations, in most projects `supabase/migrations`. None by default.
    ///
    /// They are applied as the Supabase CLI applies them: the files named `<digits>_name.sql` in the
    /// order of their names, statement by statement, each file in a transaction and recorded in
    /// `supabase_migrations.schema_migrations`. On a [given database](Self::database_url), migrations
    /// that are already recorded are skipped.
    ///
    /// The embedded PostgreSQL has the extensions that [`LocalPostgres::Embedded`] lists; a migration that
    /// creates another one fails. `gen_random_uuid()` needs no extension.
    pub fn migrations(mut self, folder: impl Into<PathBuf>) -> Self {
        self.migrations = Some(folder.into());
        self
    }

    /// Adds SQL to run after the migrations and before the seed. May be called several times.
    pub fn sql(mut self, sql: impl Into<String>) -> Self {
        self.sql.push(sql.into());
        self
    }

    /// Sets the SQL file that fills the tables, in most projects `supabase/seed.sql`. None by default.
    ///
    /// On a [given database](Self::database_url) it is run once and recorded in
    /// `supabase_migrations.seed_files`, as the Supabase CLI does.
    pub fn seed(mut self, file: impl Into<PathBuf>) -> Self {
        self.seed = Some(file.into());
        self
    }

    /// Sets which PostgreSQL to use. [`LocalPostgres`] says what is used by default.
    pub fn postgres(mut self, postgres: impl Into<LocalPostgres>) -> Self {
        self.postgres = Some(postgres.into());
        self
    }

    /// Uses the PostgreSQL at this URL, such as
    /// `postgresql://postgres:postgres@localhost:5432/postgres`.
    ///
    /// Its role must be a superuser: the stack creates Supabase's roles and the `auth` schema where
    /// they are missing. They remain when the stack stops. Use a database that holds nothing you
    /// need.
    ///
    /// The API logs in as the role `authenticator`, with the password of this URL. The role gets that password if it
    /// has none.
    pub fn database_url(mut self, url: impl Into<SecretString>) -> Self {
        self.postgres = Some(LocalPostgres::Url(url.into()));
        self
    }

    /// Sets the secret that HS256 tokens are signed with, 32 characters or more.
    ///
    /// By default each stack has a random one, unless it has [fixed keys](Self::fixed_keys).
    pub fn jwt_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.jwt_secret = Some(secret.into());
        self
    }

    /// Uses the keys of every project that the Supabase CLI starts, for tests that have them written down: the JWT
    /// secret `super-secret-jwt-token-with-at-least-32-characters-long`, and the API keys that `supabase status`
    /// prints. They are public, so anyone who reaches the stack's port can use it.
    ///
    /// By default each stack has keys of its own.
    pub fn fixed_keys(mut self) -> Self {
        self.fixed_keys = true;
        self
    }

    /// Sets public keys that tokens are verified with, in addition to the secret: a JSON Web Key Set
    /// (`{"keys":[…]}`) or an array of keys, for ES256 or RS256. None by default.
    ///
    /// `/auth/v1/.well-known/jwks.json` serves them. Only the public half of private keys is kept.
    pub fn jwks(mut self, jwks: impl Into<String>) -> Self {
        self.jwks = Some(jwks.into());
        self
    }

    /// Exposes one more schema through the API, as the project's API settings do. May be called
    /// several times.
    ///
    /// `public` is always exposed, and so are `graphql_public` and `pgmq_public` if they exist, unless the
    /// [project](Self::project)'s `config.toml` names others. A schema must exist when the stack has started.
    pub fn expose_schema(mut self, name: impl Into<String>) -> Self {
        self.exposed_schemas.push(name.into());
        self
    }

    /// Sets a callback for each completed step of the start. It is called on the stack's thread. The
    /// library itself prints nothing.
    pub fn on_step(mut self, on_step: impl Fn(&LocalStep) + Send + Sync + 'static) -> Self {
        self.on_step = Some(Box::new(on_step));
        self
    }

    /// Starts the stack. Dropping this future stops what it has started so far.
    ///
    /// # Errors
    ///
    /// The first problem. For a refused migration, the error names its file and line.
    pub async fn start(self) -> Result<LocalSupabase, LocalError> {
        let keys = Arc::new(Keys::new(
            self.fixed_keys,
            self.jwt_secret,
            self.jwks.as_deref(),
        )?);
        keys.verifier()?;
        let stop = Stop::default();
        let mut project = match &self.project {
            Some(folder) => Project::read(folder)?,
            None => Project::default(),
        };
        project.migrations = self.migrations.or(project.migrations);
        if let Some(seed) = self.seed {
            project.seeds = vec![seed];
        }
        project.api.schemas.extend(self.exposed_schemas);
        let plan = Plan {
            postgres: Choice::new(self.postgres)?,
            project,
            sql: self.sql,
            keys: Arc::clone(&keys),
            on_step: self.on_step.unwrap_or_else(|| Box::new(|_| {})),
        };
        let guard = stop.now.clone().drop_guard();
        let thread = stack::spawn(plan, stop.clone())?;
        let started = thread.started.await.unwrap_or(Err(LocalError::Stopped))?;
        let stack = LocalSupabase::new(started, keys, stop, thread.stopped, thread.ended)?;
        guard.disarm();
        Ok(stack)
    }
}

impl fmt::Debug for LocalSupabaseBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSupabaseBuilder")
            .field("project", &self.project)
            .field("migrations", &self.migrations)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
