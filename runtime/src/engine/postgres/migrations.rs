//! The tables: applied by the library itself, or printed for `supabase/migrations`.

use std::time::{Duration, Instant};

use graphile_worker_migrations::MigrateError;
use graphile_worker_migrations::sql::GRAPHILE_WORKER_MIGRATIONS;
use sqlx::postgres::{PgPoolOptions, PgRow};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, Row};
use tokio::time::timeout;

use super::connections::STATEMENT;
use super::failure::{failure, no_connection, silence};
use super::tls;
use super::url::options;
use crate::engine::{DatabaseFailure, QueueError};
use crate::reach;

/// The library's own migrations, in order.
const MIGRATIONS: [(i32, &str, &str); 7] = [
    (1, "tables", include_str!("migrations/0001_tables.sql")),
    (
        2,
        "triggering",
        include_str!("migrations/0002_triggering.sql"),
    ),
    (3, "attempts", include_str!("migrations/0003_attempts.sql")),
    (4, "queues", include_str!("migrations/0004_queues.sql")),
    (
        5,
        "maintenance",
        include_str!("migrations/0005_maintenance.sql"),
    ),
    (6, "own_runs", include_str!("migrations/0006_own_runs.sql")),
    (
        7,
        "table_events",
        include_str!("migrations/0007_table_events.sql"),
    ),
];

/// One process at a time. The lock ends with its transaction, so that it ends behind a pooler too.
const TRY_LOCK: &str =
    "select pg_try_advisory_xact_lock(hashtextextended('supabase_task.migrations', 0))";

/// How long to wait for another process that makes the tables.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// How long making the tables may take. Tables that exist may be large.
const MAKING: Duration = Duration::from_secs(10 * 60);

/// How often to look whether it is done.
const LOOK: Duration = Duration::from_millis(200);

/// That something exists already is what "if not exists" is for. A table that is changed may be in use.
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

/// What [`migrate`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The names of the migrations that were applied now; empty if all were there.
    pub applied: Vec<String>,
}

/// Brings the tables of the queue to this version of the library: those of `graphile_worker` (schema
/// `graphile_worker`) and the library's own (schema `supabase_task`). Doing it again does nothing,
/// and several processes may do it at once.
///
/// # Errors
///
/// If the connection may be unencrypted, as for [`Queue::connect`](crate::Queue::connect), if the
/// database cannot be reached, if its role may not create schemas, or if its tables are of a newer
/// version of the library.
pub async fn migrate(url: &str) -> Result<Migrated, QueueError> {
    tls::check(&options(url)?, false)?;
    apply(url).await
}

/// As [`migrate`], over a connection that was judged before.
pub(crate) async fn apply(url: &str) -> Result<Migrated, QueueError> {
    let mut connection = connect(url).await?;
    let migrated = match is_current(&mut connection).await? {
        true => Ok(Migrated::default()),
        false => migrate_alone(url, &mut connection).await,
    };
    // A transaction that is open ends with the connection, whether or not it can say goodbye.
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

/// What comes of a statement, in the time that statements have.
async fn answered<T>(statement: impl Future<Output = sqlx::Result<T>>) -> Result<T, QueueError> {
    timeout(STATEMENT, statement)
        .await
        .map_err(|_| silence(STATEMENT))?
        .map_err(failure)
}

async fn connect(url: &str) -> Result<PgConnection, QueueError> {
    let mut connection = open(url).await?;
    answered(run(&mut connection, SESSION)).await?;
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

/// Whether there is nothing to do. Takes no lock.
async fn is_current(connection: &mut PgConnection) -> Result<bool, QueueError> {
    if !is_there(connection).await? {
        return Ok(false);
    }
    let Some(version) = version(connection).await? else {
        return Err(hidden());
    };
    check_version(version)?;
    let graphile = graphile_version(connection).await?;
    Ok(version == NEWEST && graphile >= newest_graphile())
}

/// The tables have rows since they were made. Row Level Security shows none to a role that has been granted
/// all there is, and does not own them.
fn hidden() -> QueueError {
    QueueError::Migration(
        "the queue's tables are hidden from this role by Row Level Security: connect as the role \
         that owns the schema `supabase_task`, which is `postgres` on Supabase"
            .to_owned(),
    )
}

async fn migrate_alone(url: &str, connection: &mut PgConnection) -> Result<Migrated, QueueError> {
    let started = Instant::now();
    loop {
        let mut transaction = answered(connection.begin()).await?;
        let lock = sqlx::query_scalar(TRY_LOCK);
        let is_alone: bool = answered(lock.fetch_one(&mut *transaction)).await?;
        if is_alone {
            // The other process may have made them meanwhile.
            if is_current(&mut transaction).await? {
                return Ok(Migrated::default());
            }
            let migrated = timeout(MAKING, make(url, &mut transaction))
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

/// In one transaction but for graphile_worker's tables, which it makes in connections of its own.
async fn make(url: &str, connection: &mut PgConnection) -> Result<Migrated, QueueError> {
    let mut migrated = Migrated::default();
    let before = graphile_version(connection).await?;
    graphile(url).await?;
    let after = graphile_version(connection).await?;
    if before != after {
        migrated.applied.push(format!("graphile_worker {after}"));
    }
    run(connection, BEFORE).await.map_err(failure)?;
    let version = version(connection).await?.unwrap_or(0);
    check_version(version)?;
    for (number, name, sql) in MIGRATIONS {
        if number <= version {
            continue;
        }
        let made = run(connection, sql).await;
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
    Ok(migrated)
}

async fn run(connection: &mut PgConnection, sql: &'static str) -> sqlx::Result<()> {
    sqlx::raw_sql(sql).execute(connection).await.map(drop)
}

/// All migrations as SQL, for a file in `supabase/migrations`: for whoever does not want a program to
/// change the schema. Applying it to a database that has them fails, and changes nothing if it is
/// run in a transaction, as the Supabase CLI does.
pub fn migrations_sql() -> String {
    let mut sql = String::from(
        "-- The queue of supabase-task. Written by `supabase-task migrate --print`.\n\n\
         create schema if not exists graphile_worker;\n",
    );
    sql.push_str(GRAPHILE_BEFORE);
    for migration in GRAPHILE_WORKER_MIGRATIONS {
        sql.push_str(&format!("\n-- graphile_worker: {}\n", migration.name()));
        for statement in migration.stmts {
            let statement = statement.replace(":GRAPHILE_WORKER_SCHEMA", "graphile_worker");
            sql.push_str(statement.trim().trim_end_matches(';'));
            sql.push_str(";\n");
        }
        sql.push_str(&format!(
            "insert into graphile_worker.migrations (id, breaking) values ({}, {});\n",
            migration.migration_number(),
            migration.is_breaking()
        ));
    }
    sql.push_str(BEFORE);
    for (number, name, statements) in MIGRATIONS {
        sql.push_str(&format!("\n-- supabase_task: {name}\n{statements}"));
        sql.push_str(&format!(
            "insert into supabase_task.migrations (version, name) values ({number}, '{name}');\n"
        ));
    }
    sql
}

/// As graphile_worker makes it.
const GRAPHILE_BEFORE: &str = "create table if not exists graphile_worker.migrations (
  id int primary key,
  ts timestamptz default now() not null,
  breaking boolean not null default false
);
";

/// The tables of graphile_worker, by itself. It asks for a pool.
async fn graphile(url: &str) -> Result<(), QueueError> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(STATEMENT)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(SESSION).execute(connection).await.map(drop) })
        })
        .connect_with(options(url)?)
        .await
        .map_err(failure)?;
    let migrated = graphile_worker_migrations::migrate(pool.clone(), GRAPHILE_SCHEMA).await;
    pool.close().await;
    migrated.map_err(|error| {
        let reason = match &error {
            MigrateError::SqlError(refused) => {
                let (text, code) = (refused.to_string(), refused.code());
                let said = reach::said_in(&text);
                match code {
                    Some(INSUFFICIENT_PRIVILEGE) => format!("{said}: {MAY_CREATE}"),
                    Some(code) => format!("{said} ({code})"),
                    None => said.to_owned(),
                }
            }
            error => error.to_string(),
        };
        QueueError::Migration(format!(
            "the tables of graphile_worker cannot be made: {reason}"
        ))
    })
}

const INSUFFICIENT_PRIVILEGE: &str = "42501";

const MAY_CREATE: &str = "connect as a role that may create schemas in this database, which is \
    `postgres` on Supabase, or let its owner `grant create on database`";

/// Which migration PostgreSQL refuses. What it says of tables that are not there is about the migration,
/// and no reason to run it.
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

/// Where graphile_worker keeps its tables.
pub(super) const GRAPHILE_SCHEMA: &str = "graphile_worker";

/// The number of the last migration that this version of graphile_worker has.
fn newest_graphile() -> i32 {
    let numbers = GRAPHILE_WORKER_MIGRATIONS
        .iter()
        .map(|migration| migration.migration_number());
    numbers
        .max()
        .and_then(|newest| i32::try_from(newest).ok())
        .unwrap_or(0)
}

/// The number of graphile_worker's last migration, or 0. An error if the tables are of a version that
/// this program's graphile_worker cannot work with.
async fn graphile_version(connection: &mut PgConnection) -> Result<i32, QueueError> {
    let exists = "select to_regclass('graphile_worker.migrations') is not null";
    let exists = sqlx::query_scalar::<_, bool>(exists);
    if !answered(exists.fetch_one(&mut *connection)).await? {
        return Ok(0);
    }
    let versions = sqlx::query_as(
        "select coalesce(max(id), 0), coalesce(max(id) filter (where breaking), 0)
         from graphile_worker.migrations",
    );
    let (newest, newest_breaking) = answered(versions.fetch_one(connection)).await?;
    check_graphile(newest, newest_breaking)?;
    Ok(newest)
}

/// A newer version of graphile_worker may have changed what this one relies on; it says where it has.
fn check_graphile(newest: i32, newest_breaking: i32) -> Result<(), QueueError> {
    if newest_breaking > newest_graphile() {
        return Err(QueueError::Migration(format!(
            "the tables of graphile_worker in this database are of version {newest}, which a newer \
             release made, and this program's graphile_worker works with versions up to {}: update \
             the library in this program, or keep the queue in another database",
            newest_graphile()
        )));
    }
    Ok(())
}

async fn is_there(connection: &mut PgConnection) -> Result<bool, QueueError> {
    let exists = "select to_regclass('supabase_task.migrations') is not null";
    answered(sqlx::query_scalar(exists).fetch_one(connection)).await
}

/// The number of the last migration that this role can see.
async fn version(connection: &mut PgConnection) -> Result<Option<i32>, QueueError> {
    let version = sqlx::query_scalar("select max(version) from supabase_task.migrations");
    answered(version.fetch_one(connection)).await
}

const NEWEST: i32 = MIGRATIONS[MIGRATIONS.len() - 1].0;

/// A newer version of the library may have changed what this one relies on.
fn check_version(version: i32) -> Result<(), QueueError> {
    if version > NEWEST {
        return Err(QueueError::Migration(format!(
            "the queue's tables are of version {version}, and this program knows up to {NEWEST}: \
             update the library in this program"
        )));
    }
    Ok(())
}

/// Whether the tables are of this version of the library. It prepares no statement and needs no session,
/// so a pooler does it no harm.
pub(super) async fn check(url: &str) -> Result<(), QueueError> {
    let mut connection = open(url).await?;
    let there = "select to_regclass('supabase_task.migrations') is not null
        and to_regclass('graphile_worker.migrations') is not null";
    let versions = "select (select max(version) from supabase_task.migrations),
        (select max(id) from graphile_worker.migrations),
        (select max(id) from graphile_worker.migrations where breaking)";
    let is_there = one(&mut connection, there).await?;
    let (mut version, mut graphile) = (None, None);
    if is_there.try_get(0).map_err(failure)? {
        let found = one(&mut connection, versions).await?;
        version = found.try_get::<Option<i32>, _>(0).map_err(failure)?;
        graphile = found.try_get::<Option<i32>, _>(1).map_err(failure)?;
        let breaking = found.try_get::<Option<i32>, _>(2).map_err(failure)?;
        check_graphile(graphile.unwrap_or(0), breaking.unwrap_or(0))?;
        version.ok_or_else(hidden)?;
    }
    let _ = timeout(LOOK, connection.close()).await;
    check_version(version.unwrap_or(0))?;
    match version {
        Some(NEWEST) if graphile >= Some(newest_graphile()) => Ok(()),
        Some(version) if version > 0 => Err(QueueError::Migration(format!(
            "the queue's tables are of version {version}, and this program needs {NEWEST}: run \
             `supabase-task migrate`, or let `Queue::connect` do it over a direct connection"
        ))),
        _ => Err(QueueError::Migration(
            "the queue's tables are not there: run `supabase-task migrate`, or let \
             `Queue::connect` do it over a direct connection"
                .to_owned(),
        )),
    }
}

async fn one(connection: &mut PgConnection, sql: &'static str) -> Result<PgRow, QueueError> {
    answered(connection.fetch_one(sqlx::raw_sql(sql))).await
}
