//! The stack's connections. They are the API's, except while one of them acts as the database's owner.

use std::fmt;
use std::time::Instant;

use postrust_sql::escape_ident;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool};
use tokio::sync::watch;

use super::{LocalError, StandIn, schemas};

/// Turns a connection into one of the API's, once the role exists.
///
/// Every connection logs in as the owner and then becomes `authenticator`, so that the stack needs
/// no password for that role, and the embedded PostgreSQL, which knows only one login, behaves like a
/// given one.
pub(super) const BECOME_AUTHENTICATOR: &str = "select set_config('session_authorization', rolname, false) \
     from pg_roles where rolname = 'authenticator'";

/// The connections to one database.
pub(super) struct Database {
    pool: PgPool,
    owner: String,
    /// The pool replaces connections from before this moment.
    schema_changed: watch::Sender<Instant>,
}

impl Database {
    pub(super) fn new(pool: PgPool, owner: &str, schema_changed: watch::Sender<Instant>) -> Self {
        Self {
            pool,
            owner: owner.to_owned(),
            schema_changed,
        }
    }

    /// Returns the API's connections. Each acts as `authenticator`.
    pub(super) fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Takes a connection and makes it the owner's until [`OwnerSession::close`].
    pub(super) async fn owner(&self) -> Result<OwnerSession, LocalError> {
        let connection = self
            .pool
            .acquire()
            .await
            .map_err(|error| LocalError::Connection(error.into()))?;
        let mut session = OwnerSession {
            connection,
            restored: false,
        };
        // Not `reset session authorization`: the embedded PostgreSQL ignores it.
        let owner = escape_ident(&self.owner);
        let become_owner = format!("set session authorization {owner}");
        session.run(&become_owner, "the stack").await?;
        session.reset().await?;
        Ok(session)
    }

    /// The statement that makes one transaction the owner's.
    pub(super) fn become_owner(&self) -> String {
        format!(
            "set local session authorization {}",
            escape_ident(&self.owner)
        )
    }

    /// Call this after a change of the schema. The other connections hold statements prepared
    /// before it: PostgreSQL may refuse to run them, or answer with types that the columns no longer
    /// have.
    pub(super) fn schema_has_changed(&self) {
        self.schema_changed.send_replace(Instant::now());
    }

    /// PostgreSQL's version, such as `18.4`.
    pub(super) async fn version(&self) -> Result<String, LocalError> {
        sqlx::query_scalar("select split_part(current_setting('server_version'), ' ', 1)")
            .fetch_one(&self.pool)
            .await
            .map_err(|error| LocalError::Connection(error.into()))
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

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

/// A connection of the database's owner.
///
/// Dropped without [`close`](Self::close), it is disconnected instead of going back to the API.
pub(super) struct OwnerSession {
    connection: PoolConnection<sqlx::Postgres>,
    restored: bool,
}

impl OwnerSession {
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
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

    /// Gives the connection back to the API in its original state.
    pub(super) async fn close(mut self) {
        // `begin` first: a `rollback` outside a transaction would log a warning.
        let clean = format!("begin; rollback; discard temp; reset all; {BECOME_AUTHENTICATOR}");
        let cleaned = self.run(&clean, "the stack").await.is_ok();
        // A prepared statement may depend on what the owner has just altered.
        let forgotten = self.connection.clear_cached_statements().await.is_ok();
        self.restored = cleaned && forgotten;
    }
}

impl Drop for OwnerSession {
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
