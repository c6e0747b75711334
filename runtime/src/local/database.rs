//! The stack's connections: those of the API, and those of the database's owner.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postrust_sql::escape_ident;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool, Postgres};
use tokio::sync::watch;
use tokio::time::timeout;

use super::{LocalError, StandIn, schemas};

/// How long PostgreSQL may take to answer at all.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The role that the API logs in as, and that every session of it belongs to.
pub(super) const API_ROLE: &str = "authenticator";

/// Turns a connection of a superuser into one of the API's, once the role exists. One that has logged in as the role
/// stays as it is.
pub(super) const BECOME_AUTHENTICATOR: &str = "select set_config('session_authorization', rolname, false) \
     from pg_roles where rolname = 'authenticator'";

/// Gives the API's role a password, unless it has one: on a server that others use too, they may log in with it. If
/// another stack gives it the same password right now, that does as well.
const GIVE_PASSWORD: &str = "do $$ begin
       if exists (select from pg_authid where rolname = 'authenticator' and rolpassword is null) then
         execute format('alter role authenticator password %L', current_setting('supabase_task.password'));
       end if;
     exception when internal_error then
       null;
     end $$";

/// The connections to one database.
pub(super) struct Database {
    pub(super) pool: PgPool,
    /// The connections of tasks' transactions, each for one session, which log in as the API's do. If there is only
    /// one connection, they are the API's.
    pub(super) transactions: PgPool,
    /// Set if the API's only connection has had another transaction, after which it is closed.
    #[cfg_attr(not(feature = "sql"), allow(dead_code))]
    pub(super) lent: Arc<AtomicBool>,
    /// The owner's connections, each for one session. `None` if there is only one connection, the API's.
    pub(super) owners: Option<PgPool>,
    /// Logs in as the owner, a superuser.
    pub(super) owner: PgConnectOptions,
    /// Whether the API's connections log in as its role, and not as a superuser.
    pub(super) logs_in_itself: Arc<AtomicBool>,
    /// The pool replaces connections from before this moment.
    pub(super) schema_changed: watch::Sender<Instant>,
}

impl Database {
    /// Returns the API's connections. Each acts as `authenticator`.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Lets the API's new connections log in as its role, whose password must be the owner's.
    pub(super) fn log_in_as_authenticator(&self) {
        for pool in [&self.pool, &self.transactions] {
            pool.set_connect_options(self.owner.clone().username(API_ROLE));
        }
        self.logs_in_itself.store(true, Ordering::Relaxed);
    }

    /// The same, if the server lets the role in. It has this password if it had none.
    pub(super) async fn try_to_log_in(&self, password: Option<&str>) -> Result<(), LocalError> {
        if let Some(password) = password {
            let mut session = self.owner().await?;
            give_password(session.connection(), password)
                .await
                .map_err(|error| LocalError::Connection(error.into()))?;
            session.close().await;
        }
        let options = self.owner.clone().username(API_ROLE);
        let connected = timeout(CONNECT_TIMEOUT, options.connect()).await;
        let silent = || sqlx::Error::Io(io::ErrorKind::TimedOut.into());
        match connected.unwrap_or_else(|_| Err(silent())) {
            Ok(connection) => {
                // It may be gone already.
                let _ = connection.close().await;
                self.log_in_as_authenticator();
            }
            Err(error) if !is_refused_login(&error) => {
                return Err(LocalError::Connection(error.into()));
            }
            Err(error) => tracing::warn!(
                %error,
                "the role authenticator cannot log in, so the API logs in as the superuser of the URL: \
                 a function that a request calls can become that superuser"
            ),
        }
        Ok(())
    }

    /// Opens a connection of the owner. If there is only one, it is the API's until [`OwnerSession::close`].
    pub(super) async fn owner(&self) -> Result<OwnerSession, LocalError> {
        let failed = |error: sqlx::Error| LocalError::Connection(error.into());
        let mut session = OwnerSession(match &self.owners {
            Some(owners) => OwnerConnection::Own(owners.acquire().await.map_err(failed)?),
            None => OwnerConnection::Lent(Lent {
                connection: self.pool.acquire().await.map_err(failed)?,
                restored: false,
            }),
        });
        if self.owners.is_none() {
            // Not `reset session authorization`: the embedded PostgreSQL ignores it.
            let owner = escape_ident(self.owner.get_username());
            let become_owner = format!("set session authorization {owner}");
            session.run(&become_owner, "the stack").await?;
        }
        session.reset().await?;
        Ok(session)
    }

    /// Connections for transactions of the owner, and the statement that makes each of them the owner's.
    pub(super) fn for_owner(&self) -> (PgPool, String) {
        let owner = escape_ident(self.owner.get_username());
        let pool = self.owners.as_ref().unwrap_or(&self.pool);
        let become_owner = format!("set local session authorization {owner}");
        (pool.clone(), become_owner)
    }

    /// Call this after a change of the schema. The API's connections hold statements prepared
    /// before it: PostgreSQL may refuse to run them, or answer with types that the columns no longer
    /// have.
    pub(super) fn schema_has_changed(&self) {
        self.schema_changed.send_replace(Instant::now());
    }

    /// Creates Supabase's roles and schemas where they are missing.
    pub(super) async fn bootstrap(&self) -> Result<(), LocalError> {
        let mut session = self.owner().await?;
        schemas::create(session.connection())
            .await
            .map_err(|error| LocalError::Schemas(error.into()))?;
        session.close().await;
        Ok(())
    }
}

/// Whether the server does not let the role in: no other error makes a superuser of the API.
fn is_refused_login(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code.starts_with("28"))
}

/// Gives the API's role this password, unless it has one.
pub(super) async fn give_password(
    connection: &mut PgConnection,
    password: &str,
) -> sqlx::Result<()> {
    // Not in the statement, which the server may log.
    sqlx::query("select set_config('supabase_task.password', $1, false)")
        .bind(password)
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(GIVE_PASSWORD).execute(connection).await?;
    Ok(())
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

/// A connection of the database's owner.
pub(super) struct OwnerSession(OwnerConnection);

enum OwnerConnection {
    /// It ends with the session, and with it all that SQL can leave behind in a connection.
    Own(PoolConnection<Postgres>),
    Lent(Lent),
}

/// The API's connection. Unless it is restored, it is disconnected instead of going back to the API.
struct Lent {
    connection: PoolConnection<Postgres>,
    restored: bool,
}

impl OwnerSession {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        match &mut self.0 {
            OwnerConnection::Own(connection) => connection,
            OwnerConnection::Lent(lent) => &mut lent.connection,
        }
    }

    /// PostgreSQL's version, such as `18.4`.
    pub(super) async fn version(&mut self) -> Result<String, LocalError> {
        sqlx::query_scalar("select split_part(current_setting('server_version'), ' ', 1)")
            .fetch_one(self.connection())
            .await
            .map_err(|error| LocalError::Connection(error.into()))
    }

    /// Runs all statements of `sql`, in one transaction unless `sql` has transactions of its own.
    pub(super) async fn run(&mut self, sql: &str, origin: &str) -> Result<(), LocalError> {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(self.connection())
            .await
            .map_err(|error| LocalError::from_sql(error, origin, sql))?;
        Ok(())
    }

    /// Undoes the settings of earlier statements and their role, and sets those of Supabase's owner.
    pub(super) async fn reset(&mut self) -> Result<(), LocalError> {
        let settings = "set role none; reset all; set search_path to \"$user\", public, extensions";
        self.run(settings, "the stack").await
    }

    /// Returns the stand-ins of the database.
    pub(super) async fn stand_ins(&mut self) -> Result<Vec<StandIn>, LocalError> {
        schemas::stand_ins(self.connection())
            .await
            .map_err(|error| LocalError::Connection(error.into()))
    }

    /// Waits until no other stack migrates this database. Held until the connection is closed or
    /// [`unlock`](Self::unlock)ed.
    pub(super) async fn lock(&mut self) -> Result<(), LocalError> {
        self.run(
            "select pg_advisory_lock(hashtext('supabase_task'))",
            "the stack",
        )
        .await
    }

    pub(super) async fn unlock(&mut self) -> Result<(), LocalError> {
        self.run(
            "select pg_advisory_unlock(hashtext('supabase_task'))",
            "the stack",
        )
        .await
    }

    /// Whether a statement since the last reset has changed the schema, by the
    /// event triggers.
    pub(super) async fn schema_changed(&mut self) -> Result<bool, LocalError> {
        sqlx::query_scalar(
            "select coalesce(current_setting('supabase_task.schema_changed', true) = 'true', false)",
        )
        .fetch_one(self.connection())
        .await
        .map_err(|error| LocalError::Connection(error.into()))
    }

    /// Ends the session. The API's connection goes back to it as a new one would be.
    pub(super) async fn close(self) {
        match self.0 {
            // It may be gone already.
            OwnerConnection::Own(connection) => drop(connection.close().await),
            OwnerConnection::Lent(lent) => lent.give_back().await,
        }
    }
}

impl Lent {
    async fn give_back(mut self) {
        // A prepared statement may depend on what the owner has just altered.
        let mut restored = self.connection.clear_cached_statements().await.is_ok();
        // `begin` first: a `rollback` outside a transaction would log a warning. `discard all` has to be alone.
        for sql in ["begin; rollback", "discard all", BECOME_AUTHENTICATOR] {
            let executed = sqlx::raw_sql(sql).execute(&mut *self.connection).await;
            restored &= executed.is_ok();
        }
        self.restored = restored;
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if !self.restored {
            self.connection.close_on_drop();
        }
    }
}

impl fmt::Debug for OwnerSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerSession").finish_non_exhaustive()
    }
}
