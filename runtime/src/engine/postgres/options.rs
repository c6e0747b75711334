//! [`PostgresOptions`]: the options of a queue in Postgres, and how it is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connections::{self, Connections};
use super::core::{Postgres, Settings};
use super::events::Events;
use super::waiters::Waiters;
use super::worker::graphile::schema::JobsSchema;
use super::{address, migrations};
use crate::engine::{Queue, QueueError};

/// The options of a queue in Postgres.
///
/// ```no_run
/// use std::time::Duration;
/// use supabase_task::engine::postgres::PostgresOptions;
///
/// # async fn example(url: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let queue = PostgresOptions::new(url)
///     .max_connections(4)
///     .retention(Duration::from_secs(7 * 24 * 60 * 60))
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "connect it"]
pub struct PostgresOptions {
    url: String,
    max_connections: u32,
    migrate: bool,
    allow_unencrypted: bool,
    jobs_schema: Option<String>,
    pub(super) settings: Settings,
}

impl PostgresOptions {
    /// Starts with the URL of the database and the default options.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            max_connections: 6,
            migrate: true,
            allow_unencrypted: false,
            jobs_schema: None,
            settings: Settings {
                retention: Duration::from_secs(30 * 24 * 60 * 60),
                takeover: Duration::from_secs(30),
            },
        }
    }

    /// Sets how many connections the queue may open: 2 or more. Default: 6. It opens one more to listen, and
    /// each worker of the queue opens one more for its heartbeats.
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections.max(2);
        self
    }

    /// Sets whether connecting creates the tables, or migrates them to this version. Default: yes. Otherwise,
    /// missing tables, or tables of another version, are an error.
    pub fn migrate(mut self, on: bool) -> Self {
        self.migrate = on;
        self
    }

    /// Sets whether the connection may be unencrypted over the internet. Default: no. Then connecting fails,
    /// and the error says what to add to the URL.
    ///
    /// Allow it only if something else protects the connection, such as a tunnel: anybody who can read the
    /// connection gets the database's password and all payloads. Connections on this machine (a socket,
    /// `localhost`, a loopback address) or in a private network (a private address, a name without a
    /// dot, or one that ends in `.internal`, `.local`, `.localhost` or `.svc`) are never refused. A
    /// connection that leaves the machine with less than `sslmode=verify-full` is logged as a warning.
    pub fn allow_unencrypted(mut self, on: bool) -> Self {
        self.allow_unencrypted = on;
        self
    }

    /// Sets how long runs are kept after they ended; workers remove older ones. Default: 30 days.
    pub fn retention(mut self, time: Duration) -> Self {
        self.settings.retention = time;
        self
    }

    /// Sets how long a worker may be silent before others take over its runs: 1 second or more. Default:
    /// 30 seconds. A worker sends six heartbeats in this time.
    pub fn takeover(mut self, time: Duration) -> Self {
        self.settings.takeover = time.max(Duration::from_secs(1));
        self
    }

    /// Sets the schema for the queue's jobs. It is chosen when the queue's tables are created, and found again
    /// without this option. Default: `supabase_task_jobs`. On the command line, `migrate --jobs-schema` sets it.
    ///
    /// The jobs belong to [`graphile_worker`](https://docs.rs/graphile_worker), which the queue uses. A project
    /// that uses Graphile Worker itself keeps its own schema, usually `graphile_worker`, which is left alone. Both
    /// notify the same channel, `jobs:insert`, so each wakes the other's idle workers for one look.
    ///
    /// A schema that exists already is an error when connecting.
    pub fn jobs_schema(mut self, name: impl Into<String>) -> Self {
        self.jobs_schema = Some(name.into());
        self
    }

    /// Opens the queue.
    ///
    /// # Errors
    ///
    /// As [`Queue::connect`].
    pub async fn connect(self) -> Result<Queue, QueueError> {
        let options = address::options(&self.url)?;
        address::check(&options, self.allow_unencrypted)?;
        let is_pooled = connections::is_pooled(&options, &self.url).await?;
        let jobs_schema = self.jobs_schema.map(JobsSchema::new).transpose()?;
        let jobs_schema = jobs_schema.as_ref();
        // Migrating needs a session.
        let jobs_schema = if self.migrate && !is_pooled {
            let (migrated, jobs_schema) = migrations::apply(&self.url, jobs_schema).await?;
            for name in &migrated.applied {
                tracing::info!(migration = name, "the queue's tables were changed");
            }
            jobs_schema
        } else {
            migrations::check(&self.url, jobs_schema).await?
        };
        let connections = Connections::open(options, self.max_connections, is_pooled).await?;
        let postgres = Postgres {
            events: Events::new(&connections),
            connections,
            settings: self.settings,
            jobs_schema,
            waiters: Waiters::default(),
        };
        Ok(Queue::of(Arc::new(postgres), "postgres"))
    }
}

/// The URL holds a password.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("max_connections", &self.max_connections)
            .field("migrate", &self.migrate)
            .field("allow_unencrypted", &self.allow_unencrypted)
            .field("jobs_schema", &self.jobs_schema)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
