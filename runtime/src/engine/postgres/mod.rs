//! The durable engine (feature `postgres`): runs in the project's own Postgres.
//!
//! [`Queue::connect`] opens it. `docs/engine.md` of the repository says what is promised, how it works and
//! what to do on call; `docs/deploy.md` how to run it on Supabase.
//!
//! # Words
//!
//! - *Task*: an annotated `async fn`. *Payload*: its argument, stored as JSON.
//! - *Run*: one call of a task that was triggered, with its history: a row of `supabase_task.runs`.
//! - *Attempt*: one try to make a run. A run has several if attempts fail.
//! - *Queue* (the type): where runs are kept. *A queue* (of a task): the name that a concurrency limit
//!   counts for; a task without one has its own.
//! - *Schedule*: when a task is triggered by itself. Each time of it is a *tick*.
//! - *Ticket*: the right to make one attempt, and all that it needs. It is a job of
//!   [`graphile_worker`](https://docs.rs/graphile_worker) in the schema `graphile_worker`, and a fencing
//!   token: an outcome counts only with the newest ticket of its run.
//! - *Delivery*: a ticket reaches a worker. It is delivered again if that worker dies.
//! - *Slot*: an attempt that a worker can make at once; it has `concurrency` of them.
//! - *Place*: an attempt that a queue with a limit allows at once, of all workers together.
//! - *Parked*: the run waits for a place.
//! - *Held*: the worker has the run without a ticket, because it waits for a child or was given the place
//!   of another run.
//! - *Quarantine*: a ticket that is delivered again is kept apart from others of its kind for a second, to
//!   find out which run kills its process.
//! - *Completer*: the part of a worker that writes down outcomes.
//! - *Maintenance*: what a worker does beside its attempts, for all: heartbeats, takeover of dead workers,
//!   due tickets, expiry, removal of old runs.
//!
//! # From SQL
//!
//! A trigger of the database, or `pg_cron`, starts a task without any HTTP, in its own transaction:
//!
//! ```sql
//! select supabase_task.trigger('add-todo', '{"user_id": "…", "title": "call the bank"}');
//! select supabase_task.trigger('add-todo', '{…}', '{"delay": "10 minutes", "tags": ["import"]}');
//! ```
//!
//! Only the role that owns the schema may call it: in a trigger on a table that your users write,
//! make the trigger's function `security definer`. The database cannot read who a task acts as out of
//! its payload; the worker does, before it runs it.

mod backoff;
mod connections;
mod core;
mod delay_timer;
mod event;
mod events;
mod failure;
mod list;
mod migrations;
mod options;
mod pooler;
mod rows;
mod spec;
pub mod sqlx_0_9;
mod statement;
mod stats;
mod store;
mod tls;
mod url;
mod waiters;
mod worker;

#[cfg(feature = "cli")]
pub(crate) use self::failure::explain;
#[cfg(feature = "cli")]
pub(crate) use self::migrations::apply;
pub use self::migrations::{Migrated, migrate, migrations_sql};
pub use self::options::PostgresOptions;
#[cfg(feature = "cli")]
pub(crate) use self::pooler::{is_transaction_pooler, keeps_session, says_pgbouncer};
pub use self::statement::TriggerStatement;
#[cfg(feature = "cli")]
pub(crate) use self::tls::{Encryption, assess_url};
pub(crate) use self::worker::{JobDefinition, NamedTask, definition};
use super::{Queue, QueueError};

impl Queue {
    /// The queue in a Postgres database, whose tables are made or brought to this version first.
    ///
    /// The URL is that of a direct connection or of the session pooler (port 5432): the transaction
    /// pooler (port 6543) has no notifications. It ends in
    /// `?sslmode=verify-full&sslrootcert=prod-ca-2021.crt`, with the certificate that the dashboard
    /// gives (Project Settings > Database > SSL Configuration): Supabase's databases are signed by an
    /// authority of their own. A connection over the internet that may be unencrypted is refused; see
    /// [`PostgresOptions::allow_unencrypted`]. For other options, see [`PostgresOptions`].
    ///
    /// ```no_run
    /// use supabase_task::Queue;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let queue = Queue::connect(&std::env::var("SUPABASE_DB_URL")?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If the connection may be unencrypted, if the database cannot be reached, or if its tables cannot
    /// be brought to this version.
    pub async fn connect(url: &str) -> Result<Self, QueueError> {
        PostgresOptions::new(url).connect().await
    }
}
