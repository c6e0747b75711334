//! [`Stage`]: a database, a queue in it, and the marks that the tasks of these tests leave.

use std::fmt::Debug;
use std::future::Future;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::engine::{AttemptOutcome, Run, RunningWorker};
use supabase_task::prelude::*;
use supabase_task::task::RunId;
use supabase_task::{Queue, RunStatus, Supabase, Worker};
use supabase_task_tests::TestDatabase;
use uuid::Uuid;

use crate::process::WorkerProcess;
use crate::proxy::Proxy;
use crate::tasks::note;

/// The takeover time in these tests.
pub(crate) const TAKEOVER: Duration = Duration::from_millis(1_500);

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

const TABLES: &str = "
create schema stage;
create table stage.marks (
  id bigint generated always as identity primary key,
  run uuid not null, attempt integer not null, what text not null, pid integer not null,
  at timestamptz not null default clock_timestamp()
);
create table stage.gates (name text primary key);
";

/// A database with a queue, for one test.
pub(crate) struct Stage {
    pub(crate) url: String,
    pub(crate) queue: Queue,
    pub(crate) pool: PgPool,
    // The last field, so that it is dropped after everything that uses it.
    _database: Option<TestDatabase>,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await;
        let url = database.url().to_string();
        Self::at(url, Some(database)).await
    }

    /// A stage with registered tasks: a worker has run.
    pub(crate) async fn with_tasks() -> Self {
        let stage = Self::new().await;
        stage.ready_worker().await.shutdown().await.unwrap();
        stage
    }

    /// A worker in this process that has registered its tasks.
    pub(crate) async fn ready_worker(&self) -> RunningWorker {
        let worker = self.worker().start().unwrap();
        let run = note::trigger(&self.queue, 0).await.unwrap();
        assert_eq!(run.wait().await.unwrap(), 0);
        worker
    }

    /// A stage in a database that is managed elsewhere.
    pub(crate) async fn at(url: String, database: Option<TestDatabase>) -> Self {
        let queue = queue(&url).await;
        let pool = PgPoolOptions::new()
            .max_connections(5)
            .connect(&url)
            .await
            .unwrap();
        sqlx::raw_sql(TABLES).execute(&pool).await.unwrap();
        Self {
            url,
            queue,
            pool,
            _database: database,
        }
    }

    /// A project that no task of these tests calls.
    pub(crate) fn supabase(&self) -> Supabase {
        offline().with_state(self.pool.clone())
    }

    /// A worker in this process, without schedules.
    pub(crate) fn worker(&self) -> Worker {
        Worker::new(&self.queue, &self.supabase()).schedules(false)
    }

    /// A worker in another process.
    pub(crate) fn process(&self) -> WorkerProcess {
        WorkerProcess::start(&self.url, &[])
    }

    /// The same, with settings for `worker/main.rs`.
    pub(crate) fn process_with(&self, settings: &[(&str, &str)]) -> WorkerProcess {
        WorkerProcess::start(&self.url, settings)
    }

    /// A worker in another process that reaches its queue through a proxy.
    pub(crate) fn process_behind(&self, proxy: &Proxy, settings: &[(&str, &str)]) -> WorkerProcess {
        let mut all = vec![("ENGINE_STAGE_URL", self.url.as_str())];
        all.extend(settings);
        WorkerProcess::start(proxy.url(), &all)
    }

    pub(crate) async fn open(&self, gate: &str) {
        sqlx::query("insert into stage.gates values ($1)")
            .bind(gate)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// How often attempts of the run left this mark.
    pub(crate) async fn count(&self, run: RunId, what: &str) -> i64 {
        sqlx::query_scalar("select count(*) from stage.marks where run = $1 and what = $2")
            .bind(*run.as_uuid())
            .bind(what)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Waits until attempts of the run have left this mark the given number of times.
    pub(crate) async fn marked(&self, run: RunId, what: &str, times: i64) {
        until(format!("{run} {what} {times} times"), || async {
            (self.count(run, what).await >= times).then_some(())
        })
        .await;
    }

    /// The process that made the last attempt of the run.
    pub(crate) async fn last_pid(&self, run: RunId) -> u32 {
        let pid: i32 = sqlx::query_scalar(
            "select pid from stage.marks where run = $1 order by id desc limit 1",
        )
        .bind(*run.as_uuid())
        .fetch_one(&self.pool)
        .await
        .unwrap();
        pid.try_into().unwrap()
    }

    /// Waits for two more heartbeats of every worker. Workers look for runs more often than that.
    pub(crate) async fn workers_are_heard(&self) {
        for _ in 0..2 {
            let before: DateTime<Utc> = self.scalar("select clock_timestamp()").await;
            until("all workers are heard", || async {
                let heard: Option<DateTime<Utc>> = self
                    .scalar("select min(seen_at) from supabase_task.workers")
                    .await;
                heard.filter(|heard| *heard > before)
            })
            .await;
        }
    }

    /// The number of completed runs.
    pub(crate) async fn completed(&self) -> i64 {
        self.scalar("select count(*) from supabase_task.runs where status = 'COMPLETED'")
            .await
    }

    /// The number of runs with attempts other than one that completed.
    pub(crate) async fn charged(&self) -> i64 {
        self.scalar(
            "select count(*) from supabase_task.runs where jsonb_array_length(attempts) <> 1
               or attempts -> 0 ->> 'outcome' <> 'COMPLETED'",
        )
        .await
    }

    /// Waits until there are no tickets and no run is held without one.
    pub(crate) async fn nothing_is_left(&self) {
        until("no ticket is left", || async {
            let left: i64 = self
                .scalar(
                    "select (select count(*) from supabase_task_jobs.jobs)
                       + (select count(*) from supabase_task.runs where held_by is not null)",
                )
                .await;
            (left == 0).then_some(())
        })
        .await;
    }

    pub(crate) async fn run(&self, run: RunId) -> Run {
        self.queue.retrieve(run).await.unwrap()
    }

    /// Waits until the run has this status.
    pub(crate) async fn status(&self, run: RunId, status: RunStatus) -> Run {
        until(format!("{run} is {status}"), || async {
            Some(self.run(run).await).filter(|run| run.status == status)
        })
        .await
    }

    /// Waits until the run has ended and returns it.
    pub(crate) async fn finished(&self, run: RunId) -> Run {
        tokio::time::timeout(PATIENCE, self.queue.finished(run))
            .await
            .unwrap_or_else(|_| panic!("{run} does not end"))
            .unwrap()
    }

    pub(crate) async fn scalar<T>(&self, sql: &'static str) -> T
    where
        T: Send + Unpin + sqlx::Type<sqlx::Postgres> + for<'r> sqlx::Decode<'r, sqlx::Postgres>,
        (T,): for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>,
    {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    pub(crate) async fn execute(&self, sql: &'static str) -> u64 {
        let done = sqlx::query(sql).execute(&self.pool).await.unwrap();
        done.rows_affected()
    }
}

pub(crate) fn offline() -> Supabase {
    Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key("sb_publishable_offline_offline_offline")
        .secret_key("sb_secret_offline_offline_offline")
        .jwt_secret("a-secret-of-at-least-thirty-two-characters")
        .build()
        .unwrap()
}

/// Another queue on the database, with connections of its own.
pub(crate) async fn queue(url: &str) -> Queue {
    PostgresOptions::new(url)
        .takeover(TAKEOVER)
        .connect()
        .await
        .unwrap()
}

/// The outcome of each attempt.
pub(crate) fn outcomes(run: &Run) -> Vec<(u32, AttemptOutcome)> {
    run.attempts
        .iter()
        .map(|attempt| (attempt.number, attempt.outcome))
        .collect()
}

/// Polls until there is a value.
pub(crate) async fn until<T, F>(what: impl Debug, look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    until_within(PATIENCE, what, look).await
}

/// The same, with a deadline for something that takes longer.
pub(crate) async fn until_within<T, F>(
    patience: Duration,
    what: impl Debug,
    mut look: impl FnMut() -> F,
) -> T
where
    F: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(seen) = look().await {
            return seen;
        }
        assert!(started.elapsed() < patience, "waited in vain: {what:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn id(id: Uuid) -> RunId {
    RunId::from(id)
}
