//! [`PostgresOptions`]: how a queue in Postgres is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::connections::{self, Connections};
use super::core::{Postgres, Settings};
use super::worker::graphile::schema::JobsSchema;
use super::{migrations, tls, url};
use crate::engine::{Queue, QueueError};

/// How a queue in Postgres is opened.
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
    /// The database of this URL, with the defaults.
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

    /// How many connections the queue may open at most: 2 or more. Default: 6. Besides them there is
    /// one that listens, and one for each worker of the queue, to say that it lives.
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections.max(2);
        self
    }

    /// Whether connecting makes the tables, or brings them to this version. Default: yes. Without
    /// it, tables of another version are an error.
    pub fn migrate(mut self, on: bool) -> Self {
        self.migrate = on;
        self
    }

    /// Whether the connection may be unencrypted over the internet. Default: no, and connecting is then
    /// an error that says what to add to the URL.
    ///
    /// Only for a connection that something else protects, such as a tunnel: whoever can read it has
    /// the database's password and all payloads. Nothing is refused on this machine (a socket,
    /// `localhost`, a loopback address) or in a private network (a private address, a name without a
    /// dot or that ends in `.internal`, `.local`, `.localhost` or `.svc`). Whatever is less than
    /// `sslmode=verify-full` and leaves the machine is logged as a warning.
    pub fn allow_unencrypted(mut self, on: bool) -> Self {
        self.allow_unencrypted = on;
        self
    }

    /// How long runs are kept after they ended; workers remove older ones. Default: 30 days.
    pub fn retention(mut self, time: Duration) -> Self {
        self.settings.retention = time;
        self
    }

    /// How long a worker may be silent before others take over its runs: 1 second or more. Default:
    /// 30 seconds. A worker says that it lives six times as often.
    pub fn takeover(mut self, time: Duration) -> Self {
        self.settings.takeover = time.max(Duration::from_secs(1));
        self
    }

    /// The schema that the queue's jobs are kept in, which this makes; it is chosen when the queue's tables are
    /// made, and found again by itself. Default: `supabase_task_jobs`.
    ///
    /// The jobs are [`graphile_worker`](https://docs.rs/graphile_worker)'s. The schema of a Graphile Worker that
    /// your project uses itself, usually `graphile_worker`, is left alone, and is an error here.
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
        let options = url::options(&self.url)?;
        tls::check(&options, self.allow_unencrypted)?;
        let is_pooled = connections::is_pooled(&options, &self.url).await?;
        let jobs_schema = self.jobs_schema.map(JobsSchema::new).transpose()?;
        let jobs_schema = jobs_schema.as_ref();
        // What makes tables needs a session.
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
        let postgres = Postgres::new(connections, self.settings, jobs_schema);
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
