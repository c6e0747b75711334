//! Migrations: the library applies them itself, or prints them for `supabase/migrations`.
//!
//! The queue's tables are in the schema `supabase_task`, graphile_worker's in a schema next to it. One
//! process at a time migrates; the others wait for it. Migrating tables that are up to date takes no lock.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tokio::time::timeout;

use super::address::{self, options};
use super::connections::{STATEMENT, answered};
use super::failure::{failure, no_connection, silence};
use super::rows::get;
use super::worker::graphile::schema::{self, JobsSchema, row};
use crate::engine::{DatabaseFailure, QueueError};
use crate::reach;

macro_rules! migration {
    ($number:literal, $name:literal) => {{
        let sql = include_str!(concat!("migrations/000", $number, "_", $name, ".sql"));
        ($number, $name, sql)
    }};
}

/// The library's own migrations, in order.
const MIGRATIONS: [(i32, &str, &str); 8] = [
    migration!(1, "tables"),
    migration!(2, "triggering"),
    migration!(3, "attempts"),
    migration!(4, "queues"),
    migration!(5, "maintenance"),
    migration!(6, "own_runs"),
    migration!(7, "table_events"),
    migration!(8, "roles"),
];

/// Locks out other processes that migrate. The lock ends with its transaction, so it also works behind a
/// pooler.
const TRY_LOCK: &str =
    "select pg_try_advisory_xact_lock(hashtextextended('supabase_task.migrations', 0))";

/// How long to wait for another process that migrates.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long a migration may take. Existing tables may be large.
const MAKING: Duration = Duration::from_secs(10 * 60);

/// How often to check whether the other process is done.
const LOOK: Duration = Duration::from_millis(200);

/// The session settings. Notices that an object already exists are expected ("if not exists"). A table that
/// is changed may be in use, so waiting for its lock takes longer.
const SESSION: &str = "
set client_min_messages = warning;
set default_transaction_isolation = 'read committed';
set search_path = pg_catalog, pg_temp;
set lock_timeout = '10s'";

const BEFORE: &str = "
create schema if not exists supabase_task;
create table if not exists supabase_task.migrations (
  version integer primary key,
  name text not null,
  applied_at timestamptz not null default now()
);
alter table supabase_task.migrations enable row level security;
";

/// The result of [`migrate`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The names of the migrations that were applied now; empty if the tables were up to date.
    pub applied: Vec<String>,
}

/// Migrates the tables of the queue to this version of the library: those of `graphile_worker` (schema
/// `supabase_task_jobs`, or the one that
/// [`PostgresOptions::jobs_schema`](super::PostgresOptions::jobs_schema) named when they were created) and
/// the library's own (schema `supabase_task`). Calling it again does nothing, and several processes may call
/// it at once.
///
/// # Errors
///
/// If the connection may be unencrypted, as for [`Queue::connect`](crate::Queue::connect), if the
/// database cannot be reached, if its role may not create schemas, or if its tables are of a newer
/// version of the library.
pub async fn migrate(url: &str) -> Result<Migrated, QueueError> {
    address::check(&options(url)?, false)?;
    Ok(apply(url, None).await?.0)
}

/// Migrates as [`migrate`] does, over a connection whose encryption was checked before, with the requested
/// schema for jobs. Also returns the schema that the jobs are in.
pub(crate) async fn apply(
    url: &str,
    asked_for: Option<&JobsSchema>,
) -> Result<(Migrated, JobsSchema), QueueError> {
    let mut connection = connect(url).await?;
    let migrated = match current(&mut connection, asked_for).await? {
        Some(jobs) => Ok((Migrated::default(), jobs)),
        None => migrate_alone(url, &mut connection, asked_for).await,
    };
    // An open transaction ends with the connection, even if closing it fails.
    let _ = timeout(LOOK, connection.close()).await;
    migrated
}

async fn open(url: &str) -> Result<PgConnection, QueueError> {
    let options = options(url)?;
    timeout(STATEMENT, options.connect())
        .await
        .map_err(|_| silence(STATEMENT))?
        .map_err(|error| no_connection(error, &options))
}

async fn connect(url: &str) -> Result<PgConnection, QueueError> {
    let mut connection = open(url).await?;
    answered(run(&mut connection, SESSION.to_owned())).await?;
    let encoding = sqlx::query_scalar("select current_setting('server_encoding')");
    let encoding: String = answered(encoding.fetch_one(&mut connection)).await?;
    if encoding != "UTF8" {
        return Err(QueueError::Migration(format!(
            "the database has the encoding {encoding}, which cannot hold every text: make one with \
             `create database … encoding 'UTF8' template template0`"
        )));
    }
    Ok(connection)
}

/// Returns the schema of jobs if the tables are up to date. Takes no lock.
async fn current(
    connection: &mut PgConnection,
    asked_for: Option<&JobsSchema>,
) -> Result<Option<JobsSchema>, QueueError> {
    if !is_there(connection).await? {
        return Ok(None);
    }
    let version = version(connection).await?.ok_or_else(hidden)?;
    check_version(version)?;
    if version < NEWEST {
        return Ok(None);
    }
    let jobs = jobs_schema(connection, asked_for).await?;
    let graphile = schema::version(connection, &jobs).await?;
    Ok((graphile >= schema::newest()).then_some(jobs))
}

/// Returns the schema that the existing queue's jobs are in. An error if another one was requested.
async fn jobs_schema(
    connection: &mut PgConnection,
    asked_for: Option<&JobsSchema>,
) -> Result<JobsSchema, QueueError> {
    let exists = "select to_regprocedure('supabase_task.jobs_schema()') is not null";
    if !get(&row(connection, exists).await?, 0)? {
        return Err(QueueError::Migration(
            "the queue's tables are from an earlier development version, which is not migrated: drop the \
             schemas `supabase_task` and `graphile_worker`, and connect again"
                .to_owned(),
        ));
    }
    let name = "select supabase_task.jobs_schema()";
    let name: String = get(&row(connection, name).await?, 0)?;
    let jobs = JobsSchema::new(name)?;
    jobs.check(asked_for)?;
    Ok(jobs)
}

/// Returns the error for a role that cannot see the rows of the tables. The table of migrations always has
/// rows; Row Level Security hides them from a role that was granted everything but does not own the tables.
fn hidden() -> QueueError {
    QueueError::Migration(
        "the queue's tables are hidden from this role by Row Level Security: connect as the role \
         that owns the schema `supabase_task`, which is `postgres` on Supabase"
            .to_owned(),
    )
}

async fn migrate_alone(
    url: &str,
    connection: &mut PgConnection,
    asked_for: Option<&JobsSchema>,
) -> Result<(Migrated, JobsSchema), QueueError> {
    let started = Instant::now();
    loop {
        let mut transaction = answered(connection.begin()).await?;
        let lock = sqlx::query_scalar(TRY_LOCK);
        let is_alone: bool = answered(lock.fetch_one(&mut *transaction)).await?;
        if is_alone {
            // The other process may have migrated in the meantime.
            if let Some(jobs) = current(&mut transaction, asked_for).await? {
                return Ok((Migrated::default(), jobs));
            }
            let migrated = timeout(MAKING, make(url, &mut transaction, asked_for))
                .await
                .map_err(|_| silence(MAKING))??;
            answered(transaction.commit()).await?;
            return Ok(migrated);
        }
        answered(transaction.rollback()).await?;
        if started.elapsed() > LONGEST_WAIT {
            return Err(QueueError::Migration(format!(
                "another program has been making the queue's tables for more than {} seconds: look \
                 at it, or at what it waits for (pg_stat_activity), and connect again",
                LONGEST_WAIT.as_secs()
            )));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Applies the missing migrations in one transaction, except for graphile_worker's, which run over separate
/// connections.
async fn make(
    url: &str,
    connection: &mut PgConnection,
    asked_for: Option<&JobsSchema>,
) -> Result<(Migrated, JobsSchema), QueueError> {
    let mut migrated = Migrated::default();
    let version = match is_there(connection).await? {
        true => version(connection).await?.unwrap_or(0),
        false => 0,
    };
    check_version(version)?;
    let jobs = match version {
        0 => {
            let jobs = asked_for.cloned().unwrap_or_default();
            schema::check_unused(connection, &jobs).await?;
            jobs
        }
        _ => jobs_schema(connection, asked_for).await?,
    };
    let before = schema::version(connection, &jobs).await?;
    schema::make(url, SESSION, &jobs).await?;
    let after = schema::version(connection, &jobs).await?;
    if before != after {
        migrated.applied.push(format!("graphile_worker {after}"));
    }
    run(connection, BEFORE.to_owned()).await.map_err(failure)?;
    for (number, name, sql) in MIGRATIONS {
        if number <= version {
            continue;
        }
        let made = run(connection, jobs.fill(sql)).await;
        made.map_err(|error| not_applied(&format!("supabase_task {number} {name}"), error))?;
        sqlx::query("insert into supabase_task.migrations (version, name) values ($1, $2)")
            .bind(number)
            .bind(name)
            .execute(&mut *connection)
            .await
            .map_err(failure)?;
        migrated
            .applied
            .push(format!("supabase_task {number} {name}"));
    }
    Ok((migrated, jobs))
}

async fn run(connection: &mut PgConnection, sql: String) -> sqlx::Result<()> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    sql.execute(connection).await.map(drop)
}

/// Returns all migrations as SQL, for a file in `supabase/migrations`, if you do not want a program to change
/// the schema. Applying it to a database that already has them fails, and changes nothing if it runs in a
/// transaction, as with the Supabase CLI.
pub fn migrations_sql() -> String {
    migrations_sql_with(&JobsSchema::default())
}

/// The same, with the jobs in this schema.
pub(crate) fn migrations_sql_with(jobs: &JobsSchema) -> String {
    let mut sql =
        "-- The queue of supabase-task. Written by `supabase-task migrate --print`.\n\n".to_owned();
    sql.push_str(&schema::sql(jobs));
    sql.push_str(BEFORE);
    for (number, name, statements) in MIGRATIONS {
        let statements = jobs.fill(statements);
        sql.push_str(&format!("\n-- supabase_task: {name}\n{statements}"));
        sql.push_str(&format!(
            "insert into supabase_task.migrations (version, name) values ({number}, '{name}');\n"
        ));
    }
    sql
}

/// Returns the error for a migration that PostgreSQL refuses. If PostgreSQL reports a missing table, that is
/// a problem of the migration, and the usual advice to run the migrations would mislead.
fn not_applied(migration: &str, error: sqlx::Error) -> QueueError {
    let said = reach::said(&error);
    match failure(error) {
        QueueError::Database(failure) => QueueError::Database(DatabaseFailure {
            message: format!(
                "the migration `{migration}` is not applied: {}",
                failure.message
            ),
            ..failure
        }),
        _ => QueueError::Migration(format!(
            "the migration `{migration}` is not applied: {said}"
        )),
    }
}

async fn is_there(connection: &mut PgConnection) -> Result<bool, QueueError> {
    let exists = "select to_regclass('supabase_task.migrations') is not null";
    get(&row(connection, exists).await?, 0)
}

/// Returns the number of the last migration that this role can see.
async fn version(connection: &mut PgConnection) -> Result<Option<i32>, QueueError> {
    let version = "select max(version) from supabase_task.migrations";
    get(&row(connection, version).await?, 0)
}

const NEWEST: i32 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// Refuses tables of a newer version of the library, which may have changed what this version relies on.
fn check_version(version: i32) -> Result<(), QueueError> {
    if version > NEWEST {
        return Err(QueueError::Migration(format!(
            "the queue's tables are of version {version}, and this program knows up to {NEWEST}: \
             update the library in this program"
        )));
    }
    Ok(())
}

/// Checks that the tables are of this version of the library, and returns the schema of jobs. It prepares no
/// statement and needs no session, so it works behind a pooler.
pub(super) async fn check(
    url: &str,
    asked_for: Option<&JobsSchema>,
) -> Result<JobsSchema, QueueError> {
    let mut connection = open(url).await?;
    if !is_there(&mut connection).await? {
        let option = asked_for.map_or_else(String::new, |jobs| format!(" --jobs-schema {jobs}"));
        return Err(QueueError::Migration(format!(
            "the queue's tables are missing: run `supabase-task migrate{option}`, or let \
             `Queue::connect` do it over a direct connection"
        )));
    }
    let version = version(&mut connection).await?.ok_or_else(hidden)?;
    check_version(version)?;
    let outdated = |what: &str, version: i32, needed: i32| {
        QueueError::Migration(format!(
            "{what} are of version {version}, and this program needs {needed}: run \
             `supabase-task migrate`, or let `Queue::connect` do it over a direct connection"
        ))
    };
    if version < NEWEST {
        return Err(outdated("the queue's tables", version, NEWEST));
    }
    let jobs = jobs_schema(&mut connection, asked_for).await?;
    let graphile = schema::version(&mut connection, &jobs).await?;
    let _ = timeout(LOOK, connection.close()).await;
    if graphile < schema::newest() {
        let what = format!("the tables of graphile_worker in the schema `{jobs}`");
        return Err(outdated(&what, graphile, schema::newest()));
    }
    Ok(jobs)
}
