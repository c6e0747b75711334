//! The connections of a queue, and what PostgreSQL says as errors without secrets.

use std::io::ErrorKind::NotFound;
use std::str::FromStr;
use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::{pooler, tls};
use crate::engine::{DatabaseFailure, QueueError};

/// The connections of one queue.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    /// For everything but the two below.
    pub(super) pool: PgPool,
    /// One connection for what every run waits for before it begins, which does not wait for the
    /// disk: see `worker/begin.rs`.
    pub(super) marking: PgPool,
    /// One connection that listens.
    pub(super) listening: PgPool,
}

/// How long a connection may take to be had. Longer than a restart of the server.
const ACQUIRE: Duration = Duration::from_secs(15);

/// A connection that was used so recently is not asked whether it is there.
const SURELY_ALIVE: Duration = Duration::from_millis(200);

impl Connections {
    /// Checks that the URL is one and that the server is there.
    pub(super) async fn open(url: &str, most: u32) -> Result<Self, QueueError> {
        let options = options(url)?;
        let pool = pool_options(most, BY_INDEX).connect_lazy_with(options.clone());
        let marking = pool_options(1, BY_INDEX_WITHOUT_WAITING).connect_lazy_with(options.clone());
        let listening = pool_options(1, BY_INDEX).connect_lazy_with(options);
        // The first connection now, so that a wrong URL is told now.
        drop(pool.acquire().await.map_err(failure)?);
        Ok(Self {
            pool,
            marking,
            listening,
        })
    }
}

/// Plans are made once and kept, and most often that is when there is hardly a run. Then it is
/// cheapest to read the whole table, or all that is due and sort it; with a backlog that would go on
/// again and again. All that is asked for is found by an index, in its order.
///
/// A table that has no index for what is asked then looks expensive enough to be compiled for (`jit`),
/// which takes a tenth of a second each time.
const BY_INDEX: &str = "set enable_seqscan = off; set enable_bitmapscan = off; set jit = off";

/// Besides, the few that are due are looked up one by one, however many there are in all.
const BY_INDEX_WITHOUT_WAITING: &str = "set enable_seqscan = off; set enable_bitmapscan = off; \
    set jit = off; set enable_hashjoin = off; set enable_mergejoin = off; set synchronous_commit = off";

fn pool_options(most: u32, settings: &'static str) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE)
        .after_connect(move |connection, _| {
            Box::pin(async move { sqlx::raw_sql(settings).execute(connection).await.map(drop) })
        })
        // A ping before each use would double the statements. Without any, all connections of a
        // program that was idle while the server restarted are dead, and each costs a try.
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(
                async move { Ok(meta.idle_for < SURELY_ALIVE || connection.ping().await.is_ok()) },
            )
        })
        .max_lifetime(None)
        .idle_timeout(Duration::from_secs(10 * 60))
}

pub(super) fn options(url: &str) -> Result<PgConnectOptions, QueueError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        // What is wrong with it may be its password.
        QueueError::Option(
            "the database's URL is not one: it looks like \
             `postgresql://postgres:PASSWORD@db.PROJECT.supabase.co:5432/postgres\
             ?sslmode=verify-full&sslrootcert=prod-ca-2021.crt` (dashboard: Connect, \
             \"Direct connection\" or \"Session pooler\")"
                .to_owned(),
        )
    })?;
    Ok(options.application_name("supabase-task"))
}

/// What is behind an error that does not say it itself, and what to do.
pub(crate) fn explain(error: &sqlx::Error) -> Option<&'static str> {
    pooler::explain(error).or_else(|| tls::explain(error))
}

/// What PostgreSQL or the connection to it said.
pub(super) fn failure(error: sqlx::Error) -> QueueError {
    if let Some(advice) = explain(&error) {
        // A server's socket comes back with the server; all else is the same the next time.
        let is_transient = matches!(&error, sqlx::Error::Io(error) if error.kind() == NotFound);
        return QueueError::Database(DatabaseFailure {
            message: format!("{error}: {advice}"),
            is_transient,
            source: None,
        });
    }
    if let sqlx::Error::Database(refused) = &error
        && let Some(code) = refused.code()
        // undefined_table, undefined_function, invalid_schema_name, undefined_column
        && matches!(code.as_ref(), "42P01" | "42883" | "3F000" | "42703")
    {
        return QueueError::Migration(format!(
            "the queue's tables are not there, or are of another version ({}): run \
             `supabase-task migrate`, or let `Queue::connect` do it",
            refused.message()
        ));
    }
    let (message, is_transient) = match &error {
        sqlx::Error::Database(refused) => {
            let code = refused.code().unwrap_or_default();
            // Connection exceptions, operator intervention, too many connections, deadlock, …
            let is_transient = ["08", "53", "57", "40", "55"]
                .iter()
                .any(|class| code.starts_with(class));
            (format!("{} ({code})", refused.message()), is_transient)
        }
        sqlx::Error::PoolTimedOut => (
            format!(
                "no connection within {} seconds: the server is away, or all connections are in use",
                ACQUIRE.as_secs()
            ),
            true,
        ),
        sqlx::Error::Io(error) => (format!("the connection failed: {error}"), true),
        sqlx::Error::Tls(error) => (format!("no secure connection: {error}"), false),
        sqlx::Error::PoolClosed => ("the queue is closed".to_owned(), false),
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::RowNotFound => {
            return QueueError::Migration(format!(
                "the queue's tables hold what this version of the library does not know ({error}): \
                 update the library in this program"
            ));
        }
        other => (other.to_string(), true),
    };
    QueueError::Database(DatabaseFailure {
        message,
        is_transient,
        source: None,
    })
}
