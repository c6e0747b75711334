//! What a stack is started from.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

use super::keys::Keys;
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
    migrations: Option<PathBuf>,
    sql: Vec<String>,
    seed: Option<PathBuf>,
    database_url: Option<SecretString>,
    jwt_secret: Option<SecretString>,
    jwks: Option<String>,
    exposed_schemas: Vec<String>,
    on_step: Option<OnStep>,
}

impl LocalSupabaseBuilder {
    /// The folder of the migrations, in most projects `supabase/migrations`. None by default.
    ///
    /// They are applied as the Supabase CLI applies them: the files named `<digits>_name.sql` in the
    /// order of their names, each in a transaction and recorded in
    /// `supabase_migrations.schema_migrations`. On a [given database](Self::database_url), those
    /// that are recorded already are left out.
    ///
    /// The embedded PostgreSQL has no extension besides PL/pgSQL; a migration that creates another
    /// one fails. `gen_random_uuid()` needs none.
    pub fn migrations(mut self, folder: impl Into<PathBuf>) -> Self {
        self.migrations = Some(folder.into());
        self
    }

    /// SQL to run after the migrations and before the seed. May be called several times.
    pub fn sql(mut self, sql: impl Into<String>) -> Self {
        self.sql.push(sql.into());
        self
    }

    /// The SQL file that fills the tables, in most projects `supabase/seed.sql`. None by default.
    ///
    /// On a [given database](Self::database_url) it is run once and recorded in
    /// `supabase_migrations.seed_files`, as the Supabase CLI does.
    pub fn seed(mut self, file: impl Into<PathBuf>) -> Self {
        self.seed = Some(file.into());
        self
    }

    /// A PostgreSQL to use instead of the embedded one, such as
    /// `postgresql://postgres:postgres@localhost:5432/postgres`.
    ///
    /// Its role must be a superuser: Supabase's roles and the `auth` schema are created where they
    /// are missing. They stay there when the stack stops. Use a database that holds nothing you
    /// need.
    pub fn database_url(mut self, url: impl Into<SecretString>) -> Self {
        self.database_url = Some(url.into());
        self
    }

    /// The secret that HS256 tokens are signed with, 32 characters or more.
    ///
    /// By default `super-secret-jwt-token-with-at-least-32-characters-long`, the Supabase CLI's.
    pub fn jwt_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.jwt_secret = Some(secret.into());
        self
    }

    /// Public keys that tokens are verified with beside the secret: a JSON Web Key Set
    /// (`{"keys":[…]}`) or an array of keys, for ES256 or RS256. None by default.
    ///
    /// `/auth/v1/.well-known/jwks.json` serves them. Of private keys only the public half is kept.
    pub fn jwks(mut self, jwks: impl Into<String>) -> Self {
        self.jwks = Some(jwks.into());
        self
    }

    /// One more schema that the API exposes, as the project's API settings have it. May be called
    /// several times.
    ///
    /// `public`, and `graphql_public` and `pgmq_public` where they are there, are exposed by
    /// themselves. A schema must be there when the stack has started.
    pub fn expose_schema(mut self, name: impl Into<String>) -> Self {
        self.exposed_schemas.push(name.into());
        self
    }

    /// Called after each step of the start, on the stack's thread. The library prints nothing.
    pub fn on_step(mut self, on_step: impl Fn(&LocalStep) + Send + Sync + 'static) -> Self {
        self.on_step = Some(Box::new(on_step));
        self
    }

    /// Starts the stack. When this future is dropped, so is what it had started.
    ///
    /// # Errors
    ///
    /// The first thing that went wrong; a refused migration names its file and line.
    pub async fn start(self) -> Result<LocalSupabase, LocalError> {
        let keys = Arc::new(Keys::new(self.jwt_secret, self.jwks.as_deref())?);
        keys.verifier()?;
        let stop = Stop::default();
        let plan = Plan {
            database_url: self.database_url,
            migrations: self.migrations,
            sql: self.sql,
            seed: self.seed,
            exposed_schemas: self.exposed_schemas,
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
            .field("migrations", &self.migrations)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}
