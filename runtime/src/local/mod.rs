//! `LocalSupabase`: a Supabase project for tests, started by the test itself.

mod access;
mod advice;
mod api;
mod arguments;
mod auth;
mod builder;
mod catalog;
mod database;
mod drain;
mod error;
mod extensions;
mod gateway;
mod identities;
mod keys;
mod migrations;
mod needs;
mod postgres;
mod project;
mod query;
mod refused_token;
mod response;
mod rest;
mod returned;
mod rls;
mod rows;
mod runs;
mod schemas;
mod script;
mod sql_text;
mod stack;
mod stand_in;
mod state;
mod statements;
mod step;
mod table_functions;
#[cfg(test)]
mod tests;
mod transaction;
mod triggered;
mod write_count;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak, mpsc};
use std::time::Duration;

#[cfg(feature = "cli")]
use futures_core::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime;
use tokio::sync::oneshot;

#[cfg(feature = "sql")]
use crate::sql;
use crate::supabase::Supabase;

use api::Api;
use keys::Keys;
use stack::{Started, Stop};

pub use builder::LocalSupabaseBuilder;
pub use drain::{Drain, DrainError};
pub use error::{LocalError, SqlError};
pub use postgres::LocalPostgres;
pub use rls::{RlsMatrix, RlsMatrixBuilder};
pub use stand_in::StandIn;
pub use step::{LocalStep, LocalStepKind};

/// How long dropping a stack waits for the removal of its temporary data, which takes some 30 ms.
const DROP_WAIT: Duration = Duration::from_secs(1);

/// A Supabase project for tests: a real PostgreSQL and a PostgREST-compatible API, with Supabase's roles, API
/// keys and `auth` schema. It needs no Docker. It uses an installed PostgreSQL if there is one, and the embedded
/// one otherwise: see [`LocalPostgres`].
///
/// ```no_run
/// # async fn example() -> Result<(), supabase_task::LocalError> {
/// use supabase_task::LocalSupabase;
///
/// let stack = LocalSupabase::builder()
///     .sql(
///         "create table todos (id bigint generated always as identity primary key,
///                              user_id uuid references auth.users, title text not null);
///          alter table todos enable row level security;
///          create policy own on todos to authenticated using (user_id = auth.uid());",
///     )
///     .start()
///     .await?;
/// println!("{}/rest/v1/todos", stack.url());
/// stack.shutdown().await?;
/// # Ok(()) }
/// ```
///
/// Each stack has its own database, keys and port; several can run side by side. A stack in a
/// `static` is never dropped: an installed PostgreSQL ends with the process all the same, but the embedded one
/// leaves its temporary folder (about 40 MB) to the system.
///
/// # What it supports
///
/// - `/rest/v1` is served by postrust, which answers as PostgREST does. The `apikey` is checked first.
/// - A stand-in for Supabase Auth works on `auth.users`: `service_role` creates, reads, lists, updates
///   and deletes users; `GET /auth/v1/user` and `GET /auth/v1/.well-known/jwks.json` are there too. It
///   keeps no passwords, sends no messages, and has no sign-in.
/// - Supabase's own schemas (`storage`, `realtime`, `vault`, `net`, `supabase_functions` and others) have what
///   migrations, seeds and policies name, without the services: [`stand_ins`](Self::stand_ins) says how each differs.
///   So do extensions that the server lacks, such as pg_cron, pg_net, pgmq and pg_jsonschema: `create extension`
///   creates a stand-in.
/// - Each stack has an API port, a JWT secret and API keys of its own, unless it has
///   [fixed keys](LocalSupabaseBuilder::fixed_keys).
/// - Everything else under `/auth`, `/storage`, `/functions` and `/realtime` answers 501.
/// - JSON objects have their keys sorted, not in the order of the columns.
/// - Inside an embed, a cast, a JSON path or a computed column is an error that says so.
/// - The embedded PostgreSQL 18 runs one statement at a time, has the extensions that [`LocalPostgres`] lists,
///   enforces no `statement_timeout`, takes no data for `copy … from stdin`, and ends when functions call each
///   other some 150 deep. These limits do not apply to an installed PostgreSQL, nor to a given
///   [`database_url`](LocalSupabaseBuilder::database_url).
pub struct LocalSupabase {
    url: String,
    database_url: Option<SecretString>,
    stand_ins: Vec<StandIn>,
    keys: Arc<Keys>,
    supabase: Supabase,
    api: Weak<Api>,
    runtime: runtime::Handle,
    stop: Stop,
    stopped: Option<oneshot::Receiver<Result<(), LocalError>>>,
    // `Mutex` only because a `Receiver` is not `Sync`.
    ended: Mutex<mpsc::Receiver<()>>,
}

impl LocalSupabase {
    /// Starts a project from the files in the folder `supabase` of the current one, if it exists, as
    /// [`project`](LocalSupabaseBuilder::project) does. [`builder`](Self::builder) starts an empty project.
    ///
    /// # Errors
    ///
    /// See [`LocalSupabaseBuilder::start`].
    pub async fn start() -> Result<Self, LocalError> {
        let folder = Path::new("supabase");
        let builder = match folder.is_dir() {
            true => Self::builder().project(folder),
            false => Self::builder(),
        };
        builder.start().await
    }

    /// Returns a builder that configures a project.
    pub fn builder() -> LocalSupabaseBuilder {
        LocalSupabaseBuilder::default()
    }

    fn new(
        started: Started,
        keys: Arc<Keys>,
        stop: Stop,
        stopped: oneshot::Receiver<Result<(), LocalError>>,
        ended: mpsc::Receiver<()>,
    ) -> Result<Self, LocalError> {
        let Started {
            url,
            database_url,
            stand_ins,
            api,
            runtime,
        } = started;
        let (stopped, ended) = (Some(stopped), Mutex::new(ended));
        let supabase = Supabase::builder()
            .url(&url)
            .publishable_key(keys.publishable.clone())
            .secret_key(keys.secret.clone())
            .jwt_secret(keys.jwt_secret.clone())
            // Tests that share a stack have a runtime each.
            .new_connections();
        #[cfg(feature = "sql")]
        let supabase = supabase.database(connections_of(&api, &runtime));
        let supabase = supabase.build().map_err(LocalError::Config)?;
        Ok(Self {
            url,
            database_url,
            stand_ins,
            keys,
            supabase,
            api,
            runtime,
            stop,
            stopped,
            ended,
        })
    }

    /// Returns the project's URL, such as `http://127.0.0.1:54321`. Each stack has another port.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL of the stack's database, with the password of a superuser: for the durable queue, for
    /// `supabase-task gen types --db-url`, or for `psql`. `None` with the embedded PostgreSQL, whose only
    /// connection is the stack's own.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), supabase_task::LocalError> {
    /// use supabase_task::{LocalPostgres, LocalSupabase};
    ///
    /// let stack = LocalSupabase::builder().postgres(LocalPostgres::Installed).start().await?;
    /// assert!(stack.database_url().is_some());
    /// # Ok(()) }
    /// ```
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_ref().map(ExposeSecret::expose_secret)
    }

    /// Returns what stands in for a part of Supabase in this stack: Supabase's own schemas, and the extensions that
    /// the migrations create and the server does not have.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), supabase_task::LocalError> {
    /// let stack = supabase_task::LocalSupabase::start().await?;
    /// for stand_in in stack.stand_ins() {
    ///     println!("{stand_in}"); // pg_cron: jobs are kept in cron.job and never run
    /// }
    /// # Ok(()) }
    /// ```
    pub fn stand_ins(&self) -> &[StandIn] {
        &self.stand_ins
    }

    /// Returns the publishable key, `sb_publishable_…`.
    pub fn publishable_key(&self) -> &str {
        self.keys.publishable.expose_secret()
    }

    /// Returns the secret key, `sb_secret_…`.
    pub fn secret_key(&self) -> &str {
        self.keys.secret.expose_secret()
    }

    /// Returns the legacy `anon` key, a JWT.
    pub fn anon_key(&self) -> &str {
        self.keys.anon.expose_secret()
    }

    /// Returns the legacy `service_role` key, a JWT.
    pub fn service_role_key(&self) -> &str {
        self.keys.service_role.expose_secret()
    }

    /// Returns the secret that HS256 tokens are signed with.
    pub fn jwt_secret(&self) -> &str {
        self.keys.jwt_secret.expose_secret()
    }

    /// Returns the project to run tasks with. It has all keys, so tasks of every identity can run.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use supabase_task::LocalSupabase;
    /// use supabase_task::prelude::*;
    ///
    /// #[supabase_task(auth = "service")]
    /// async fn count_todos(_payload: (), supabase: ServiceClient) -> TaskResult<u64> {
    ///     Ok(supabase.from("todos").select("*").head().await?)
    /// }
    ///
    /// let stack = LocalSupabase::start().await?;
    /// assert_eq!(count_todos::run(&stack.supabase(), ()).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// For other options, such as a clock or a token's lifetime, build a [`Supabase`] with
    /// [`url`](Self::url), the keys and [`jwt_secret`](Self::jwt_secret).
    pub fn supabase(&self) -> Supabase {
        self.supabase.clone()
    }

    /// Runs SQL as the owner of the database, bypassing Row Level Security, to set up a test.
    ///
    /// Several statements run in one transaction, unless `sql` has a `begin` of its own. The API knows
    /// the created tables and functions when this returns. The SQL runs to its end even if this
    /// future is dropped.
    ///
    /// SQL cannot be run through the API.
    ///
    /// # Errors
    ///
    /// [`LocalError::Sql`] with PostgreSQL's message when a statement is refused.
    pub async fn execute(&self, sql: impl Into<String>) -> Result<(), LocalError> {
        let sql = sql.into();
        self.on_its_thread(async move |api| api.execute(&sql).await)
            .await
    }

    /// Does `work` with a connection of the database's owner.
    #[cfg(feature = "cli")]
    pub(crate) async fn with_owner<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut sqlx::PgConnection) -> BoxFuture<'_, T> + Send + 'static,
    ) -> Result<T, LocalError> {
        self.on_its_thread(async move |api| {
            let mut owner = api.database().owner().await?;
            let done = work(owner.connection()).await;
            owner.close().await;
            Ok(done)
        })
        .await
    }

    /// Does `work` on the stack's thread. It runs to its end even if this future is dropped.
    async fn on_its_thread<T: Send + 'static, Work>(
        &self,
        work: impl FnOnce(Arc<Api>) -> Work + Send + 'static,
    ) -> Result<T, LocalError>
    where
        Work: Future<Output = Result<T, LocalError>> + Send,
    {
        let api = Weak::clone(&self.api);
        let done = self.runtime.spawn(async move {
            let api = api.upgrade().ok_or(LocalError::Stopped)?;
            work(api).await
        });
        done.await.unwrap_or(Err(LocalError::Stopped))
    }

    /// Stops the project: waits at most 5 s for requests in flight, stops the stack's PostgreSQL or drops its
    /// database, and removes the data. A database that was [given](LocalSupabaseBuilder::database_url) stays.
    ///
    /// Dropping a `LocalSupabase` does the same without waiting for requests.
    ///
    /// # Errors
    ///
    /// [`LocalError::Busy`] if a statement is still running 5 s later.
    pub async fn shutdown(mut self) -> Result<(), LocalError> {
        self.stop.gracefully.cancel();
        match self.stopped.take() {
            Some(stopped) => stopped.await.unwrap_or(Err(LocalError::Stopped)),
            None => Err(LocalError::Stopped),
        }
    }
}

impl Drop for LocalSupabase {
    fn drop(&mut self) {
        self.stop.now.cancel();
        // The stack ends on its own thread. Without this short wait, a process that exits right
        // after, as tests do, would leave the temporary data behind.
        if let Ok(ended) = self.ended.get_mut() {
            let _ = ended.recv_timeout(DROP_WAIT);
        }
    }
}

/// The connections for tasks that take a database. They do not keep the stack alive.
#[cfg(feature = "sql")]
fn connections_of(api: &Weak<Api>, runtime: &runtime::Handle) -> Arc<sql::Connections> {
    let (api, runtime) = (Weak::clone(api), runtime.clone());
    Arc::new(sql::Connections::of_stack(move || {
        let api = api.upgrade()?;
        let database = api.database();
        Some(sql::StackConnections {
            pool: database.transactions.clone(),
            runtime: runtime.clone(),
            lent: Arc::clone(&database.lent),
        })
    }))
}

impl fmt::Debug for LocalSupabase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSupabase")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
