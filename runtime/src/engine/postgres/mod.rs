//! The durable engine (feature `postgres`), which keeps runs in your project's own Postgres.
//!
//! Open it with [`Queue::connect`]. In the repository, `docs/engine.md` explains what is promised, how it
//! works and what to do on call; `docs/deploy.md` explains how to run it on Supabase.
//!
//! # The idea
//!
//! Two libraries share the work. This one stores each triggered run as a row of `supabase_task.runs`: its
//! payload, its identity, its history and its outcome. For each attempt that is due it issues a *ticket*,
//! which it stores as a job of [`graphile_worker`](https://docs.rs/graphile_worker). graphile_worker gives
//! each ticket to one worker, and takes it back if that worker dies. A ticket contains everything that an
//! attempt needs, so a worker begins most attempts without another statement. When the attempt has ended, the
//! worker writes the outcome into the run's row, and only then finishes the ticket: a crash in between
//! repeats the attempt.
//!
//! A worker that was declared dead may still be alive, and may still write. Therefore a ticket is also a
//! fencing token: the run's row has the newest numbers, and an outcome with other numbers changes nothing.
//!
//! # Glossary
//!
//! - *Task*, *payload*: an annotated `async fn`, and its argument, stored as JSON.
//! - *Run*: one triggered call of a task, with its history: a row of `supabase_task.runs`.
//! - *Attempt*: one execution of a run; a run has several if attempts fail.
//! - *Queue*: as a type, where runs are kept; as an option of a task, the name that a concurrency limit
//!   counts for (a task without one has a queue of its own).
//! - *Schedule*, *tick*: the times at which a task is triggered automatically, and one of these times.
//! - *Ticket*: the right to make one attempt, and a fencing token: run id, ticket number and delivery number.
//! - *Claim*: a worker's lock on a ticket in graphile_worker, which keeps the ticket from other workers.
//! - *Delivery*: one handover of a ticket to a worker; each redelivery gets the next delivery number.
//! - *Slot of the worker*: the permission to run one attempt in this worker, which has `concurrency` of them.
//! - *Slot of a queue*: the permission to run one attempt in a queue with a limit, counted across all
//!   workers, for each concurrency key.
//! - *Lease*: the slots of one queue and concurrency key that a worker has at the moment: a row of
//!   `supabase_task.slots`.
//! - *Parked*: a run that waits for a slot of its queue, and has neither a ticket nor a slot of a worker.
//! - *Held*: a run that a worker has without a ticket, because it waits for a child or took over the queue
//!   slot of another run.
//! - *In flight*: an attempt that has begun and whose outcome is not stored yet.
//! - *Verdict*: the result of an attempt: completed, retry, failed, timed out or interrupted.
//! - *Outcome*: the record of how an attempt ended (verdict, output or error, history entry), which is stored
//!   in the run's row if its fencing token is still the newest.
//! - *Completer*: the part of a worker that stores outcomes, many completed runs in one statement.
//! - *Maintenance*: the work of each worker beside its attempts: heartbeat, expiry, issuing due tickets,
//!   takeover, and retention (removing old runs).
//! - *Dead worker*: a worker whose last heartbeat is older than [`PostgresOptions::takeover`].
//! - *Takeover*: releasing the tickets, queue slots and held runs of a dead worker to other workers.
//! - *Quarantine*: the first second of a redelivered attempt, in which its worker starts no other redelivered
//!   ticket; if the process dies in it, this run is to blame.
//!
//! # From SQL
//!
//! A database trigger or `pg_cron` can start a task without HTTP, in its own transaction:
//!
//! ```sql
//! select supabase_task.trigger('add-todo', '{"user_id": "…", "title": "call the bank"}');
//! select supabase_task.trigger('add-todo', '{…}', '{"delay": "10 minutes", "tags": ["import"]}');
//! ```
//!
//! Only the role that owns the schema may call it. In a trigger on a table that your users write to,
//! make the trigger's function `security definer`. The database cannot read from the payload which user a
//! task acts as; the worker does so before it runs the task.

mod address;
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
mod rows;
pub mod sqlx_0_9;
mod statement;
mod stats;
mod store;
mod waiters;
mod worker;

#[cfg(feature = "cli")]
pub(crate) use self::address::assess;
pub use self::migrations::{Migrated, migrate, migrations_sql};
#[cfg(feature = "cli")]
pub(crate) use self::migrations::{apply, migrations_sql_with};
pub use self::options::PostgresOptions;
pub use self::statement::TriggerStatement;
#[cfg(feature = "cli")]
pub(crate) use self::worker::graphile::schema::JobsSchema;
pub(crate) use self::worker::{JobDefinition, NamedTask, definition};
use super::{Queue, QueueError};

impl Queue {
    /// Opens the queue in a Postgres database. Creates its tables, or migrates them to this version, first.
    ///
    /// Use the URL of a direct connection or of the session pooler (port 5432): the transaction
    /// pooler (port 6543) has no notifications. The URL ends in
    /// `?sslmode=verify-full&sslrootcert=prod-ca-2021.crt`, with the certificate from the dashboard
    /// (Project Settings > Database > SSL Configuration), because Supabase's databases have certificates of
    /// Supabase's own authority. A connection over the internet that may be unencrypted is refused; see
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
    /// be migrated to this version.
    pub async fn connect(url: &str) -> Result<Self, QueueError> {
        PostgresOptions::new(url).connect().await
    }
}
