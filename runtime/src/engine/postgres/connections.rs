//! [`Connections`]: the connection pools of a queue.
//!
//! A server that hangs must not hang the program: every statement has a deadline, and a connection that does
//! not answer in time is closed. A queue has two pools, because two kinds of statements need different
//! session settings: those of graphile_worker, which deliver tickets, and all others.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{Postgres, Row};
use tokio::time::{Instant, timeout};

use super::failure::{failure, no_connection, silence, unavailable};
use crate::engine::QueueError;
use crate::lock::lock;
use crate::reach::{self, Silence};

/// A statement with its parameters.
pub(super) type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

/// How long to wait for a connection. Longer than a restart of the server.
const ACQUIRE: Duration = Duration::from_secs(15);

/// How long a statement may take. This library's take milliseconds.
pub(super) const STATEMENT: Duration = Duration::from_secs(20);

/// A statement that takes longer may have a plan that was made when the tables were smaller: this library's
/// statements take a few milliseconds.
const SLOW: Duration = Duration::from_millis(20);

/// How often plans are discarded at most: far from the database, all statements take longer.
const REPLAN_EVERY: Duration = Duration::from_secs(1);

/// How long a connection may take to discard its plans.
const DISCARD: Duration = Duration::from_secs(2);

/// The settings of every session.
///
/// - `search_path`: the library's statements name every table and function with its schema; names without one
///   are PostgreSQL's own.
/// - `statement_timeout`: a statement that this program has given up ends on the server too.
/// - `lock_timeout`: a statement that meets a locked row is retried later.
/// - `plan_cache_mode`: plans are made for the current state of the tables. A plan that was made for an empty
///   queue would read a whole backlog again and again.
/// - `idle_in_transaction_session_timeout`: a process that is stopped within a transaction keeps its locks,
///   so others cannot take over its runs until the server ends the transaction.
const SESSION: &str = "
    set search_path = pg_catalog, pg_temp;
    set default_transaction_isolation = 'read committed';
    set statement_timeout = '25s';
    set lock_timeout = '1s';
    set plan_cache_mode = force_custom_plan;
    set random_page_cost = 1.1;
    set idle_in_transaction_session_timeout = '10s'";

/// The session settings for graphile_worker's statements.
///
/// They find everything by keys, in the order of an index. Therefore their plans are made once, and stay good
/// for any number of jobs; a plan for the estimated number of jobs would sort a backlog for each batch.
///
/// None of them waits for the disk. Claims are committed asynchronously; a server crash may lose the last
/// ones, and their tickets are delivered again. An outcome is written after its claim, and waits until
/// everything before it is on disk, too.
///
/// One statement of the heartbeat has no index. Without sequential scans it seems so costly that PostgreSQL
/// would start parallel workers for it.
const DELIVERY: &str = "
    set search_path = pg_catalog, pg_temp;
    set default_transaction_isolation = 'read committed';
    set statement_timeout = '25s';
    set lock_timeout = '1s';
    set idle_in_transaction_session_timeout = '10s';
    set plan_cache_mode = force_generic_plan;
    set enable_seqscan = off;
    set enable_bitmapscan = off;
    set enable_hashjoin = off;
    set enable_mergejoin = off;
    set jit = off;
    set max_parallel_workers_per_gather = 0;
    set synchronous_commit = off";

/// Whatever the database's default is, each statement sees what was committed before it.
pub(super) const BEGIN: &str = "begin isolation level read committed";

/// The connections of one queue.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    pool: PgPool,
    /// For graphile_worker.
    delivery: PgPool,
    /// Whether each transaction may get another session. Then no session state outlives a transaction, and
    /// notifications do not work.
    is_pooled: bool,
    /// How long a statement may take.
    deadline: Duration,
    silence: Silence,
    slowness: Slowness,
}

impl Connections {
    /// Opens the pools, and checks that the server can be reached.
    pub(super) async fn open(
        options: PgConnectOptions,
        most: u32,
        is_pooled: bool,
    ) -> Result<Self, QueueError> {
        let (session, delivery) = match is_pooled {
            true => ("", ""),
            false => (SESSION, DELIVERY),
        };
        let silence = Silence::default();
        let pool = pool_options(most.div_ceil(2), session, silence.clone());
        let delivery = pool_options((most / 2).max(1), delivery, silence.clone());
        let connections = Self {
            pool: pool.connect_lazy_with(options.clone()),
            delivery: delivery.connect_lazy_with(options),
            is_pooled,
            deadline: STATEMENT,
            silence,
            slowness: Slowness::default(),
        };
        // Open the first connection now, so that an error in the URL is reported now.
        drop(connections.pool.acquire().await.map_err(failure)?);
        Ok(connections)
    }

    /// Returns the connections for graphile_worker's statements.
    pub(super) fn delivery(&self) -> Self {
        Self {
            pool: self.delivery.clone(),
            slowness: Slowness::default(),
            ..self.clone()
        }
    }

    /// Returns the same connections with another deadline for statements.
    pub(super) fn within(&self, deadline: Duration) -> Self {
        Self {
            deadline,
            ..self.clone()
        }
    }

    /// Returns whether notifications arrive over these connections.
    pub(super) fn can_listen(&self) -> bool {
        !self.is_pooled
    }

    /// Returns a separate connection, for statements that must not wait while all others are busy.
    pub(super) fn apart(&self) -> Self {
        let options = self.pool.connect_options().as_ref().clone();
        let silence = Silence::default();
        let pool = pool_options(1, SESSION, silence.clone()).connect_lazy_with(options);
        Self {
            pool,
            silence,
            ..self.clone()
        }
    }

    /// Returns a pool of one connection, for a listener. Each listener has its own pool: a dropped listener
    /// says goodbye over its connection, and occupies the pool until the server has answered.
    pub(super) fn for_listener(&self) -> PgPool {
        let options = self.pool.connect_options().as_ref().clone();
        pool_options(1, SESSION, Silence::default()).connect_lazy_with(options)
    }

    /// Runs a statement and returns its rows.
    pub(super) async fn rows(&self, query: Query<'_>) -> Result<Vec<PgRow>, QueueError> {
        let mut session = self.acquire().await?;
        match self.is_pooled {
            false => {
                let began = Instant::now();
                let rows = session.rows(query).await?;
                if self.slowness.is_reason_to_replan(began.elapsed()) {
                    // The rows have arrived, and must not wait if the connection goes silent now. Without
                    // an answer, the connection is closed.
                    let _ = timeout(DISCARD, session.run("discard plans")).await;
                }
                Ok(rows)
            }
            true => {
                session.run(BEGIN).await?;
                let rows = session.rows(query.persistent(false)).await?;
                session.run("commit").await?;
                Ok(rows)
            }
        }
    }

    /// Runs a statement for its effect, and returns the number of rows that it changed.
    pub(super) async fn execute(&self, query: Query<'_>) -> Result<u64, QueueError> {
        let mut session = self.acquire().await?;
        match self.is_pooled {
            false => session.execute(query).await,
            true => {
                session.run(BEGIN).await?;
                let changed = session.execute(query.persistent(false)).await?;
                session.run("commit").await?;
                Ok(changed)
            }
        }
    }

    /// Runs a statement and returns the first value of its first row.
    pub(super) async fn scalar<T>(&self, query: Query<'_>) -> Result<T, QueueError>
    where
        T: for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        let rows = self.rows(query).await?;
        let row = rows.first().ok_or(sqlx::Error::RowNotFound);
        row.and_then(|row| row.try_get(0)).map_err(failure)
    }

    /// Takes a connection from the pool, for several statements.
    pub(super) async fn acquire(&self) -> Result<Session, QueueError> {
        // A missing connection says nothing about the statement, which may be retried.
        let connection = Box::pin(self.pool.acquire()).await.map_err(unavailable)?;
        Ok(Session {
            connection,
            is_clean: true,
            // A statement that fails would leave its transaction open.
            closes_when_refused: self.is_pooled,
            deadline: self.deadline,
            silence: self.silence.clone(),
        })
    }
}

/// A connection from the pool. If it is dropped during a statement, it is closed.
///
/// Each statement of `sqlx` is boxed. It takes kilobytes, and so would each future that may run one, including
/// each attempt.
#[derive(Debug)]
pub(super) struct Session {
    connection: PoolConnection<Postgres>,
    is_clean: bool,
    closes_when_refused: bool,
    deadline: Duration,
    silence: Silence,
}

impl Session {
    pub(super) async fn rows(&mut self, query: Query<'_>) -> Result<Vec<PgRow>, QueueError> {
        self.is_clean = false;
        let rows = Box::pin(query.fetch_all(&mut *self.connection));
        let answer = timeout(self.deadline, rows).await;
        self.answered(answer)
    }

    pub(super) async fn execute(&mut self, query: Query<'_>) -> Result<u64, QueueError> {
        self.is_clean = false;
        let done = Box::pin(query.execute(&mut *self.connection));
        let answer = timeout(self.deadline, done).await;
        Ok(self.answered(answer)?.rows_affected())
    }

    /// Runs a statement that has no parameters and returns no rows.
    pub(super) async fn run(&mut self, sql: &'static str) -> Result<(), QueueError> {
        self.is_clean = false;
        let done = Box::pin(sqlx::raw_sql(sql).execute(&mut *self.connection));
        let answer = timeout(self.deadline, done).await;
        self.answered(answer).map(drop)
    }

    fn answered<T>(
        &mut self,
        answer: Result<sqlx::Result<T>, tokio::time::error::Elapsed>,
    ) -> Result<T, QueueError> {
        match answer {
            Ok(Ok(answer)) => {
                self.is_clean = true;
                Ok(answer)
            }
            Ok(Err(error)) => {
                // After a statement that PostgreSQL refuses, the connection is still good.
                let is_refused = matches!(error, sqlx::Error::Database(_));
                self.is_clean = is_refused && !self.closes_when_refused;
                Err(failure(error))
            }
            Err(_) => {
                self.silence.record();
                Err(silence(self.deadline))
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.is_clean {
            self.connection.close_on_drop();
        }
    }
}

/// When the plans of a connection were last discarded because a statement was slow.
///
/// A cached plan was made for the table as it was then, and stays until PostgreSQL analyzes the table. A plan
/// for an empty queue may read a whole backlog for each batch: the settings choose the index, but not the
/// order of joins.
#[derive(Clone, Debug, Default)]
struct Slowness(Arc<Mutex<Option<Instant>>>);

impl Slowness {
    fn is_reason_to_replan(&self, took: Duration) -> bool {
        if took < SLOW {
            return false;
        }
        let mut last = lock(&self.0);
        let is_due = last.is_none_or(|last| last.elapsed() >= REPLAN_EVERY);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

fn pool_options(most: u32, session: &'static str, silence: Silence) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(ACQUIRE)
        .after_connect(move |connection, _| {
            Box::pin(async move { sqlx::raw_sql(session).execute(connection).await.map(drop) })
        })
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let silence = silence.clone();
            Box::pin(async move { Ok(silence.is_alive(connection, meta.idle_for).await) })
        })
        .max_lifetime(None)
        .idle_timeout(Duration::from_secs(10 * 60))
}

/// Awaits a statement, with the deadline of statements.
pub(super) async fn answered<T>(
    statement: impl Future<Output = sqlx::Result<T>>,
) -> Result<T, QueueError> {
    let answer = timeout(STATEMENT, statement).await;
    answer.map_err(|_| silence(STATEMENT))?.map_err(failure)
}

/// Returns whether consecutive statements may run in different sessions, because there is a transaction
/// pooler. The URL may say so; otherwise two connections are probed.
pub(super) async fn is_pooled(options: &PgConnectOptions, url: &str) -> Result<bool, QueueError> {
    if reach::says_pgbouncer(url) {
        return Ok(true);
    }
    let ask = reach::is_pooled(options, |error| no_connection(error, options), failure);
    timeout(ACQUIRE, ask).await.map_err(|_| silence(ACQUIRE))?
}
