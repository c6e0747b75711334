//! [`Connections`]: the connections of a queue. Every statement has a deadline, and a connection that
//! does not answer is given up.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::{ConnectOptions, Connection, Postgres, Row};
use tokio::time::{Instant, timeout};

use super::failure::{failure, no_connection, silence, unavailable};
use super::pooler;
use crate::engine::QueueError;

/// A statement with its parameters.
pub(super) type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

/// How long a connection may take to be had. Longer than a restart of the server.
const ACQUIRE: Duration = Duration::from_secs(15);

/// How long a statement may take. Ours take milliseconds.
pub(super) const STATEMENT: Duration = Duration::from_secs(20);

/// A statement that takes longer may have a plan that was made when there was less: ours take a few
/// milliseconds.
const SLOW: Duration = Duration::from_millis(20);

/// How often plans are given up at most: far from the database, all statements take longer.
const REPLAN_EVERY: Duration = Duration::from_secs(1);

/// A connection that was used so recently is not asked whether it is there.
const SURELY_ALIVE: Duration = Duration::from_millis(200);

/// How long a connection that was idle may take to say that it is there.
const PING: Duration = Duration::from_secs(2);

/// What holds in every session. The library's statements name every table and function with its schema;
/// what they call without one is PostgreSQL's own. A statement that this program has given up ends on
/// the server too; one that meets a row that somebody has locked is tried again later. Plans are made for
/// the tables as they are: one that was made for an empty queue would read a whole backlog again and again.
/// A process that is stopped within a transaction keeps its locks, and others from taking its runs over, until
/// the server ends the transaction.
const SESSION: &str = "
    set search_path = pg_catalog, pg_temp;
    set default_transaction_isolation = 'read committed';
    set statement_timeout = '25s';
    set lock_timeout = '1s';
    set plan_cache_mode = force_custom_plan;
    set random_page_cost = 1.1;
    set idle_in_transaction_session_timeout = '10s'";

/// For graphile_worker's statements. They find all they need by keys, in the order of an index, so their
/// plans are made once, and hold however many jobs there are: a plan for the jobs that seem to be there
/// would sort a backlog for each batch. None of them waits for the disk. What a server loses when it
/// crashes are tickets that were taken in its last moments, which are delivered again; an outcome is written
/// down after them, and waits for the disk with all that was before it. A statement of its heartbeat has no
/// index; without sequential scans it seems so costly that PostgreSQL would start parallel workers for it.
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

/// However the database's own default is set: a statement sees what was committed before it.
pub(super) const BEGIN: &str = "begin isolation level read committed";

/// The connections of one queue.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    pool: PgPool,
    /// For graphile_worker.
    delivery: PgPool,
    /// Whether each transaction may meet another session. Then nothing outlives one, and nobody listens.
    is_pooled: bool,
    /// How long a statement may take.
    deadline: Duration,
    silence: Silence,
    slowness: Slowness,
}

impl Connections {
    /// Checks that the server is there.
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
        // The first connection now, so that what is wrong with the URL is told now.
        drop(connections.pool.acquire().await.map_err(failure)?);
        Ok(connections)
    }

    /// The same for graphile_worker's statements.
    pub(super) fn delivery(&self) -> Self {
        Self {
            pool: self.delivery.clone(),
            slowness: Slowness::default(),
            ..self.clone()
        }
    }

    /// The same connections, for statements that take no longer than this.
    pub(super) fn within(&self, deadline: Duration) -> Self {
        Self {
            deadline,
            ..self.clone()
        }
    }

    /// Whether notifications are heard.
    pub(super) fn can_listen(&self) -> bool {
        !self.is_pooled
    }

    /// The same over a connection of its own: for what must not wait while all others are busy.
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

    /// A pool of one connection, for one who listens. Each has a pool of its own: when it is dropped, it
    /// takes its leave over the connection, and keeps the pool's only place until that is answered.
    pub(super) fn for_listener(&self) -> PgPool {
        let options = self.pool.connect_options().as_ref().clone();
        pool_options(1, SESSION, Silence::default()).connect_lazy_with(options)
    }

    /// The rows that a statement gives.
    pub(super) async fn rows(&self, query: Query<'_>) -> Result<Vec<PgRow>, QueueError> {
        let mut session = self.acquire().await?;
        match self.is_pooled {
            false => {
                let began = Instant::now();
                let rows = session.rows(query).await?;
                if self.slowness.is_reason_to_replan(began.elapsed()) {
                    // The rows are there, and must not wait for a connection that went silent now: where
                    // this has no answer, the connection is closed.
                    let _ = timeout(PING, session.run("discard plans")).await;
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

    /// Runs a statement for what it does. Gives how many rows it changed.
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

    /// The first value of the first row.
    pub(super) async fn scalar<T>(&self, query: Query<'_>) -> Result<T, QueueError>
    where
        T: for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        let rows = self.rows(query).await?;
        let row = rows
            .first()
            .ok_or(sqlx::Error::RowNotFound)
            .map_err(failure)?;
        row.try_get(0).map_err(failure)
    }

    /// A connection for one who runs several statements.
    pub(super) async fn acquire(&self) -> Result<Session, QueueError> {
        // That there is no connection says nothing of the statement: it may be tried again.
        let connection = small(self.pool.acquire()).await.map_err(unavailable)?;
        Ok(Session {
            connection,
            is_clean: true,
            // One that fails would leave its transaction open.
            closes_when_refused: self.is_pooled,
            deadline: self.deadline,
            silence: self.silence.clone(),
        })
    }
}

/// A statement of `sqlx` takes kilobytes, and so would each future that may run one: each attempt, too.
fn small<F: Future>(statement: F) -> Pin<Box<F>> {
    Box::pin(statement)
}

/// A connection of the pool. If it is dropped while a statement is under way, it is closed.
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
        let answer = timeout(self.deadline, small(query.fetch_all(&mut *self.connection))).await;
        self.answered(answer)
    }

    pub(super) async fn execute(&mut self, query: Query<'_>) -> Result<u64, QueueError> {
        self.is_clean = false;
        let answer = timeout(self.deadline, small(query.execute(&mut *self.connection))).await;
        Ok(self.answered(answer)?.rows_affected())
    }

    /// Runs a statement that has no parameters and gives no rows.
    pub(super) async fn run(&mut self, sql: &'static str) -> Result<(), QueueError> {
        self.is_clean = false;
        let answer = timeout(
            self.deadline,
            small(sqlx::raw_sql(sql).execute(&mut *self.connection)),
        )
        .await;
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
                // What PostgreSQL refuses leaves the connection as it was.
                let is_refused = matches!(error, sqlx::Error::Database(_));
                self.is_clean = is_refused && !self.closes_when_refused;
                Err(failure(error))
            }
            Err(_) => {
                self.silence.was_met();
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

/// When a connection last did not answer. Whatever silenced it may have silenced all that were open then:
/// to ask each of them would take as often as long.
#[derive(Clone, Debug, Default)]
struct Silence(Arc<Mutex<Option<Instant>>>);

impl Silence {
    fn was_met(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection that nobody has used for so long was last heard before it.
    fn is_in(&self, idle_for: Duration) -> bool {
        let met = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        met.is_some_and(|met| met.elapsed() < idle_for)
    }
}

/// When the plans of a connection were last given up, because a statement took long.
///
/// A plan that is kept was made for a table as it was, and holds until PostgreSQL analyzes the table. One for
/// an empty queue may read a whole backlog for each batch: which index it takes is told it, but not in
/// which order it joins.
#[derive(Clone, Debug, Default)]
struct Slowness(Arc<Mutex<Option<Instant>>>);

impl Slowness {
    fn is_reason_to_replan(&self, took: Duration) -> bool {
        if took < SLOW {
            return false;
        }
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        // A ping before each use would double the statements. Without any, all connections of a
        // program that was idle while the server restarted are dead, and each costs a try.
        .test_before_acquire(false)
        .before_acquire(move |connection, meta| {
            let silence = silence.clone();
            Box::pin(async move {
                if meta.idle_for < SURELY_ALIVE {
                    return Ok(true);
                }
                if silence.is_in(meta.idle_for) {
                    return Ok(false);
                }
                let ping = timeout(PING, connection.ping()).await;
                if ping.is_err() {
                    silence.was_met();
                }
                Ok(ping.is_ok_and(|ping| ping.is_ok()))
            })
        })
        .max_lifetime(None)
        .idle_timeout(Duration::from_secs(10 * 60))
}

/// Whether a statement may meet another session than the one before it: there is a transaction pooler,
/// which the URL says, or two connections that are asked.
pub(super) async fn is_pooled(options: &PgConnectOptions, url: &str) -> Result<bool, QueueError> {
    if pooler::is_transaction_pooler(options) || pooler::says_pgbouncer(url) {
        return Ok(true);
    }
    let ask = async {
        let open = async || {
            let opened = options.connect().await;
            opened.map_err(|error| no_connection(error, options))
        };
        let (mut first, mut second) = (open().await?, open().await?);
        let keeps_session = pooler::keeps_session(&mut first, &mut second).await;
        let keeps_session = keeps_session.map_err(failure)?;
        first.close().await.map_err(failure)?;
        second.close().await.map_err(failure)?;
        Ok(!keeps_session)
    };
    timeout(ACQUIRE, ask).await.map_err(|_| silence(ACQUIRE))?
}
