//! The durable engine (feature `postgres`): runs in the project's own Postgres.
//!
//! [`Queue::connect`] opens it. Runs are rows of `supabase_task.runs`; what tells a worker to make an
//! attempt is a job of [`graphile_worker`](https://docs.rs/graphile_worker) in the schema
//! `graphile_worker`, a ticket that is good for one attempt. `docs/engine.md` of the repository says
//! what is promised, `docs/deploy.md` how to run it on Supabase.
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
mod delay_timer;
mod events;
mod failure;
mod list;
mod migrations;
mod options;
mod rows;
mod spec;
pub mod sqlx_0_9;
mod statement;
mod stats;
mod store;
mod waiters;
mod worker;

pub use self::migrations::{Migrated, migrate, migrations_sql};
pub use self::options::PostgresOptions;
pub use self::statement::TriggerStatement;
pub(crate) use self::worker::definition;
use super::{Queue, QueueError};

impl Queue {
    /// The queue in a Postgres database, whose tables are made or brought to this version first.
    ///
    /// The URL is that of a direct connection or of the session pooler (port 5432): the transaction
    /// pooler (port 6543) has no notifications. For options, see [`PostgresOptions`].
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
    /// If the database cannot be reached, or its tables cannot be brought to this version.
    pub async fn connect(url: &str) -> Result<Self, QueueError> {
        PostgresOptions::new(url).connect().await
    }
}
