//! The tables: applied by the library itself, or printed for `supabase/migrations`.

use graphile_worker_migrations::sql::GRAPHILE_WORKER_MIGRATIONS;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};

use super::database::{failure, options};
use super::tls;
use crate::engine::QueueError;

/// The library's own migrations, in order.
const MIGRATIONS: [(i32, &str, &str); 3] = [
    (1, "runs", include_str!("migrations/0001_runs.sql")),
    (
        2,
        "functions",
        include_str!("migrations/0002_functions.sql"),
    ),
    (3, "own_runs", include_str!("migrations/0003_own_runs.sql")),
];

/// One process at a time: workers that start together wait for each other here.
const LOCK: &str = "select pg_advisory_lock(hashtextextended('supabase_task.migrations', 0))";

/// That something exists already is what "if not exists" is for.
const QUIET: &str = "set client_min_messages = warning";

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
    // A connection of its own: the lock belongs to it, and is gone with it.
    let mut connection = options(url)?.connect().await.map_err(failure)?;
    sqlx::query(QUIET)
        .execute(&mut connection)
        .await
        .map_err(failure)?;
    sqlx::query(LOCK)
        .execute(&mut connection)
        .await
        .map_err(failure)?;
    let migrated = migrate_locked(url, &mut connection).await;
    // The lock ends with the connection, whether or not it can say goodbye.
    let _ = connection.close().await;
    migrated
}

async fn migrate_locked(url: &str, connection: &mut PgConnection) -> Result<Migrated, QueueError> {
    let mut migrated = Migrated::default();
    let before = graphile_version(connection).await?;
    graphile(url).await?;
    let after = graphile_version(connection).await?;
    if before != after {
        migrated.applied.push(format!("graphile_worker {after}"));
    }
    sqlx::raw_sql(BEFORE)
        .execute(&mut *connection)
        .await
        .map_err(failure)?;
    let version = version(connection).await?;
    check_version(version)?;
    for (number, name, sql) in MIGRATIONS {
        if number <= version {
            continue;
        }
        let mut transaction = connection.begin().await.map_err(failure)?;
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&mut *transaction)
            .await
            .map_err(failure)?;
        sqlx::query("insert into supabase_task.migrations (version, name) values ($1, $2)")
            .bind(number)
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(failure)?;
        transaction.commit().await.map_err(failure)?;
        migrated
            .applied
            .push(format!("supabase_task {number} {name}"));
    }
    Ok(migrated)
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

/// The tables of graphile_worker, by itself. It asks for a pool, of which one connection is used.
async fn graphile(url: &str) -> Result<(), QueueError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::query(QUIET).execute(connection).await.map(drop) })
        })
        .connect_with(options(url)?)
        .await
        .map_err(failure)?;
    let migrated = graphile_worker_migrations::migrate(pool.clone(), "graphile_worker").await;
    pool.close().await;
    migrated.map_err(|error| {
        QueueError::Migration(format!(
            "the tables of graphile_worker cannot be made: {error}"
        ))
    })
}

/// The number of graphile_worker's last migration, or 0.
async fn graphile_version(connection: &mut PgConnection) -> Result<i32, QueueError> {
    let exists = "select to_regclass('graphile_worker.migrations') is not null";
    if !sqlx::query_scalar::<_, bool>(exists)
        .fetch_one(&mut *connection)
        .await
        .map_err(failure)?
    {
        return Ok(0);
    }
    sqlx::query_scalar("select coalesce(max(id), 0) from graphile_worker.migrations")
        .fetch_one(connection)
        .await
        .map_err(failure)
}

/// The number of the last migration that is there.
async fn version(connection: &mut PgConnection) -> Result<i32, QueueError> {
    sqlx::query_scalar("select coalesce(max(version), 0) from supabase_task.migrations")
        .fetch_one(connection)
        .await
        .map_err(failure)
}

/// A newer version of the library may have changed what this one relies on.
fn check_version(version: i32) -> Result<(), QueueError> {
    let newest = MIGRATIONS[MIGRATIONS.len() - 1].0;
    if version > newest {
        return Err(QueueError::Migration(format!(
            "the queue's tables are of version {version}, and this program knows up to {newest}: \
             update the library in this program"
        )));
    }
    Ok(())
}

/// Whether the tables are of this version of the library.
pub(super) async fn check(pool: &sqlx::PgPool) -> Result<(), QueueError> {
    let mut connection = pool.acquire().await.map_err(failure)?;
    let version = version(&mut connection).await?;
    check_version(version)?;
    let newest = MIGRATIONS[MIGRATIONS.len() - 1].0;
    if version < newest {
        return Err(QueueError::Migration(format!(
            "the queue's tables are of version {version}, and this program needs {newest}: run \
             `supabase-task migrate`, or let `Queue::connect` do it"
        )));
    }
    Ok(())
}
