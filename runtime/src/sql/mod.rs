//! Transactions as the task's identity, straight to PostgreSQL (feature `sql`).
//!
//! A task takes the database of its mode as it takes its client, and the compiler refuses any other:
//! [`UserDatabase`] with `auth = "user"`, [`ServiceDatabase`] with `auth = "service"`, [`AnonDatabase`] with
//! `auth = "anon"`, [`RoleDatabase`] with `auth = "role"`. Several statements then succeed or fail together, **with Row Level Security on**.
//!
//! ```no_run
//! use serde::{Deserialize, Serialize};
//! use supabase_task::prelude::*;
//!
//! #[derive(Serialize, Deserialize)]
//! struct Transfer {
//!     user_id: UserId,
//!     from: i64,
//!     to: i64,
//!     amount: i64,
//! }
//!
//! /// Moves money between two accounts. The policies decide whose accounts they may be.
//! #[supabase_task(auth = "user")]
//! async fn transfer(payload: Transfer, database: UserDatabase) -> TaskResult<i64> {
//!     let mut tx = database.begin().await?;
//!     // `fetch_one` fails if there is no such account that this user may see.
//!     sqlx::query("update accounts set balance = balance - $1 where id = $2 returning id")
//!         .bind(payload.amount)
//!         .bind(payload.from)
//!         .fetch_one(&mut *tx)
//!         .await?;
//!     let balance = sqlx::query_scalar(
//!         "update accounts set balance = balance + $1 where id = $2 returning balance",
//!     )
//!     .bind(payload.amount)
//!     .bind(payload.to)
//!     .fetch_one(&mut *tx)
//!     .await?;
//!     tx.commit().await?;
//!     Ok(balance)
//! }
//! ```
//!
//! The statements are those of [sqlx](https://docs.rs/sqlx/0.9) 0.9, which your program also depends on.
//! A [`Transaction`] is a `PgConnection` to it, so `query`, `query_as`, `query!` and `raw_sql` work as they
//! always do.
//!
//! # What a transaction sets
//!
//! For itself alone, and gone when it ends, as PostgREST does for each request:
//!
//! - the role: `authenticated`, `service_role`, `anon` or one of yours (for a user, the `role` of their tokens);
//! - `request.jwt.claims`: the claims that a token of this run carries. So `auth.uid()`, `auth.jwt()`,
//!   policies and triggers see the same as through the API. (For the service role and for anon they are the
//!   role and the run: the project's keys carry nothing else of use.)
//! - the role's own settings, such as its `statement_timeout` (`alter role … set …`), which `set role`
//!   alone does not apply. They are read again once a minute;
//! - `search_path`: `public, extensions`, as in Supabase's API. Name other schemas in your statements.
//!
//! `request.headers`, `request.method` and `request.path` are not set: there is no request.
//!
//! # The connection
//!
//! `SUPABASE_DB_URL` is read if a linked task takes a database; [`SupabaseBuilder::database_url`] sets it. The
//! direct connection, the session pooler and the transaction pooler all work: nothing of a transaction depends
//! on a session, and behind a transaction pooler the statements that sqlx has prepared are removed before the commit.
//! Nothing is opened before the first transaction. All tasks of a process share at most 5 connections
//! ([`SupabaseBuilder::database_connections`]).
//!
//! Let it log in as a role that by itself may do nothing, and may only become the roles that your tasks
//! need, as Supabase's own `authenticator`:
//!
//! ```sql
//! create role tasks login noinherit password '…';
//! grant authenticated to tasks;   -- and anon or service_role, if tasks run as them
//! ```
//!
//! `supabase-task check` says when the login may do more than that. docs/guide/transactions.md has the
//! reasons, and what is left to SQL that an attacker could inject.
//!
//! [`SupabaseBuilder::database_url`]: crate::SupabaseBuilder::database_url
//! [`SupabaseBuilder::database_connections`]: crate::SupabaseBuilder::database_connections

mod acting;
mod begin;
mod connections;
mod error;
mod explain;
mod pool;
mod role_settings;
mod session;
mod source;
mod transaction;

use std::sync::Arc;

use self::acting::Acting;
use self::begin::Access;
pub(crate) use self::connections::Connections;
pub use self::error::DatabaseError;
#[cfg(feature = "local")]
pub(crate) use self::source::StackConnections;
pub use self::transaction::Transaction;
use crate::auth::{Anon, AuthMode, Role, Service, User};
use crate::debug::debug_fields;
use crate::token::{Minter, RunClaim};

/// The database as one user sees it: Row Level Security applies.
pub type UserDatabase = Database<User>;

/// The database as the service role sees it: it bypasses Row Level Security.
pub type ServiceDatabase = Database<Service>;

/// The database as a visitor who is not signed in sees it: the `anon` role.
pub type AnonDatabase = Database<Anon>;

/// The database as a role of yours sees it: see [`DatabaseRole`](crate::DatabaseRole). Row Level Security applies,
/// and the role's grants.
pub type RoleDatabase<R> = Database<Role<R>>;

/// The database as one identity sees it. Cheap to clone.
///
/// A task of mode `M` takes it as an argument; outside of tasks, `Supabase::user_database` and its
/// siblings return one.
pub struct Database<M: AuthMode> {
    connections: Arc<Connections>,
    /// Writes the claims of users.
    minter: Option<Arc<Minter>>,
    identity: M::Identity,
    run: Option<RunClaim>,
}

impl<M: AuthMode> Database<M> {
    pub(crate) fn new(
        connections: Arc<Connections>,
        minter: Option<Arc<Minter>>,
        identity: M::Identity,
        run: Option<RunClaim>,
    ) -> Self {
        Self {
            connections,
            minter,
            identity,
            run,
        }
    }

    /// Begins a transaction. It is rolled back unless you call [`Transaction::commit`].
    ///
    /// Takes one round trip, with a connection at hand. Waits up to 15 seconds for a connection.
    ///
    /// # Errors
    ///
    /// If there is no connection, or the login of the connection may not become the role.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        self.open(Access::ReadWrite).await
    }

    /// Begins a transaction that can only read: PostgreSQL refuses to write (`25006`).
    ///
    /// # Errors
    ///
    /// As [`begin`](Self::begin).
    pub async fn read(&self) -> Result<Transaction, DatabaseError> {
        self.open(Access::Read).await
    }

    async fn open(&self, access: Access) -> Result<Transaction, DatabaseError> {
        let principal = M::principal(self.identity);
        let acting = Acting::new(principal, self.minter.as_deref(), self.run.as_ref())?;
        self.connections.begin(&acting, access).await
    }
}

impl<M: AuthMode> Clone for Database<M> {
    fn clone(&self) -> Self {
        Self {
            connections: Arc::clone(&self.connections),
            minter: self.minter.clone(),
            identity: self.identity,
            run: self.run,
        }
    }
}

debug_fields!([M: AuthMode] Database<M>: |this| {
    identity: M::principal(this.identity),
    connections: this.connections,
});
