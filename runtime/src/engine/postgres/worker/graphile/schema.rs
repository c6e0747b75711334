//! [`JobsSchema`]: the schema that graphile_worker keeps its jobs in, and the creation of its tables.
//!
//! The schema belongs to this library, so it does not collide with a Graphile Worker that the project itself
//! uses.

use std::fmt;
use std::sync::Arc;

use graphile_worker_migrations::MigrateError;
use graphile_worker_migrations::sql::GRAPHILE_WORKER_MIGRATIONS;
use sqlx::postgres::{PgPool, PgPoolOptions, PgRow};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::engine::QueueError;
use crate::engine::postgres::address::options;
use crate::engine::postgres::connections::{STATEMENT, answered};
use crate::engine::postgres::failure::failure;
use crate::engine::postgres::rows::get;
use crate::reach;

/// The channel on which graphile_worker announces jobs. It is the same for every schema.
pub(in crate::engine::postgres) const JOBS_CHANNEL: &str = "jobs:insert";

/// The schema's name in the library's own SQL.
const DEFAULT: &str = "supabase_task_jobs";

/// The longest identifier of PostgreSQL, in bytes.
const MAX_NAME_BYTES: usize = 63;

/// The schema that graphile_worker keeps its jobs in. Its name needs no quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobsSchema(Arc<str>);

impl Default for JobsSchema {
    fn default() -> Self {
        Self(DEFAULT.into())
    }
}

impl JobsSchema {
    pub(crate) fn new(name: impl Into<String>) -> Result<Self, QueueError> {
        let name = name.into();
        let is_plain =
            |character: char| matches!(character, 'a'..='z' | '_') || character.is_ascii_digit();
        let is_name = name.len() <= MAX_NAME_BYTES
            && name.chars().all(is_plain)
            && name.starts_with(|first: char| !first.is_ascii_digit());
        let is_taken = name == "supabase_task" || name.starts_with("pg_");
        if !is_name || is_taken {
            return Err(QueueError::InvalidOption(format!(
                "`PostgresOptions::jobs_schema` was given `{}`: a schema's name has 1 to \
                 {MAX_NAME_BYTES} of `a-z`, `0-9` and `_`, does not begin with a digit or `pg_`, \
                 and is not `supabase_task`; leave it out for `{DEFAULT}`",
                name.escape_debug()
            )));
        }
        Ok(Self(name.into()))
    }

    pub(in crate::engine::postgres) fn name(&self) -> &str {
        &self.0
    }

    /// Puts this schema into the library's SQL.
    pub(in crate::engine::postgres) fn fill(&self, sql: &str) -> String {
        sql.replace(DEFAULT, &self.0)
    }

    /// Returns an error if another schema was requested than the queue has.
    pub(in crate::engine::postgres) fn check(
        &self,
        asked_for: Option<&Self>,
    ) -> Result<(), QueueError> {
        match asked_for {
            Some(other) if other != self => Err(QueueError::InvalidOption(format!(
                "`PostgresOptions::jobs_schema` was given `{other}`, but the jobs of this queue are in \
                 the schema `{self}` since its tables were made: give that name, or leave it out"
            ))),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for JobsSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the number of the last migration of this version of graphile_worker.
pub(in crate::engine::postgres) fn newest() -> i32 {
    let numbers = GRAPHILE_WORKER_MIGRATIONS
        .iter()
        .map(|migration| migration.migration_number());
    numbers
        .max()
        .and_then(|newest| i32::try_from(newest).ok())
        .unwrap_or(0)
}

/// Returns the number of the last migration that was applied in this schema, or 0. Returns an error if the
/// tables are from a release of graphile_worker that this program's release cannot work with. It needs no
/// session, so it also works through a pooler.
pub(in crate::engine::postgres) async fn version(
    connection: &mut PgConnection,
    jobs: &JobsSchema,
) -> Result<i32, QueueError> {
    let exists = jobs.fill("select to_regclass('supabase_task_jobs.migrations') is not null");
    if !get(&row(connection, exists).await?, 0)? {
        return Ok(0);
    }
    let versions = jobs.fill(
        "select coalesce(max(id), 0), coalesce(max(id) filter (where breaking), 0)
             from supabase_task_jobs.migrations",
    );
    let versions = row(connection, versions).await?;
    let (version, breaking): (_, i32) = (get(&versions, 0)?, get(&versions, 1)?);
    let known = newest();
    if breaking > known {
        return Err(QueueError::Migration(format!(
            "the tables in the schema `{jobs}` are of version {version} of graphile_worker, which a \
             newer release made, and this program's graphile_worker works with versions up to \
             {known}: update the library in this program, or keep the queue in another database"
        )));
    }
    Ok(version)
}

/// Runs a statement and returns its first row. It prepares nothing, so it also works through a pooler.
pub(in crate::engine::postgres) async fn row(
    connection: &mut PgConnection,
    sql: impl Into<String>,
) -> Result<PgRow, QueueError> {
    answered(connection.fetch_one(sqlx::raw_sql(AssertSqlSafe(sql.into())))).await
}

/// Returns an error if a queue cannot begin to use this schema: PostgreSQL reserves the word, or the schema exists
/// and is not ours.
pub(in crate::engine::postgres) async fn check_unused(
    connection: &mut PgConnection,
    jobs: &JobsSchema,
) -> Result<(), QueueError> {
    // Ours can exist without the queue's tables, if their creation was interrupted.
    if *jobs == JobsSchema::default() {
        return Ok(());
    }
    let found = row(
        connection,
        format!(
            "select quote_ident('{jobs}') = '{jobs}', not exists (
               select from pg_namespace where nspname = '{jobs}'
                 and obj_description(oid, 'pg_namespace') is distinct from '{COMMENT}')"
        ),
    )
    .await?;
    let problem = if !get(&found, 0)? {
        "which is a reserved word of SQL: give another name"
    } else if !get(&found, 1)? {
        "a schema that exists already and belongs to something else: give a name that is not used"
    } else {
        return Ok(());
    };
    Err(QueueError::InvalidOption(format!(
        "the schema for the queue's jobs was given as `{jobs}`, {problem}, or leave it out for `{DEFAULT}`"
    )))
}

/// The comment by which a schema is known to be ours.
const COMMENT: &str = "The jobs of the queue of supabase-task";

/// Creates the tables, or brings them to this version. It uses its own connections, with this `session`.
pub(in crate::engine::postgres) async fn make(
    url: &str,
    session: &'static str,
    jobs: &JobsSchema,
) -> Result<(), QueueError> {
    let pool = PgPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(STATEMENT)
        .after_connect(move |connection, _| {
            Box::pin(async move { sqlx::raw_sql(session).execute(connection).await.map(drop) })
        })
        .connect_with(options(url)?)
        .await
        .map_err(failure)?;
    let made = make_with(&pool, jobs).await;
    pool.close().await;
    made
}

async fn make_with(pool: &PgPool, jobs: &JobsSchema) -> Result<(), QueueError> {
    let schema = format!(
        "do $$ begin
           if not exists (select from pg_namespace where nspname = '{jobs}') then
             create schema {jobs};
             comment on schema {jobs} is '{COMMENT}';
           end if;
         end $$"
    );
    let schema = sqlx::raw_sql(AssertSqlSafe(schema)).execute(pool).await;
    schema.map_err(|error| {
        let code = error.as_database_error().and_then(|error| error.code());
        cannot_make(&reach::said(&error), code.as_deref())
    })?;
    let made = graphile_worker_migrations::migrate(pool.clone(), jobs.name()).await;
    made.map_err(|error| match &error {
        MigrateError::SqlError(refused) => {
            cannot_make(reach::said_in(&refused.to_string()), refused.code())
        }
        error => cannot_make(&error.to_string(), None),
    })
}

fn cannot_make(said: &str, code: Option<&str>) -> QueueError {
    let reason = match code {
        // insufficient_privilege
        Some("42501") => format!(
            "{said}: connect as a role that may create schemas in this database, which is \
             `postgres` on Supabase, or let its owner `grant create on database`"
        ),
        Some(code) => format!("{said} ({code})"),
        None => said.to_owned(),
    };
    QueueError::Migration(format!(
        "the tables of graphile_worker cannot be created: {reason}"
    ))
}

/// Returns everything that [`make`] does, as SQL.
pub(in crate::engine::postgres) fn sql(jobs: &JobsSchema) -> String {
    let mut sql = jobs.fill(BEFORE);
    for migration in GRAPHILE_WORKER_MIGRATIONS {
        sql.push_str(&format!("\n-- graphile_worker: {}\n", migration.name()));
        for statement in migration.stmts {
            let statement = statement.replace(":GRAPHILE_WORKER_SCHEMA", jobs.name());
            sql.push_str(statement.trim().trim_end_matches(';'));
            sql.push_str(";\n");
        }
        sql.push_str(&format!(
            "insert into {jobs}.migrations (id, breaking) values ({}, {});\n",
            migration.migration_number(),
            migration.is_breaking()
        ));
    }
    sql
}

/// The table of migrations, as graphile_worker creates it.
const BEFORE: &str = "create schema if not exists supabase_task_jobs;
comment on schema supabase_task_jobs is 'The jobs of the queue of supabase-task';
create table if not exists supabase_task_jobs.migrations (
  id int primary key,
  ts timestamptz default now() not null,
  breaking boolean not null default false
);
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_needs_no_quotes_and_is_not_taken() {
        for name in ["jobs", "_jobs2", &"x".repeat(63)] {
            assert_eq!(JobsSchema::new(name).unwrap().name(), name);
        }
        let long = "x".repeat(64);
        for name in [
            "",
            "2jobs",
            "Jobs",
            "jo bs",
            "jobs\"",
            "jöbs",
            "pg_jobs",
            "supabase_task",
            &long,
        ] {
            let refused = JobsSchema::new(name).unwrap_err().to_string();
            assert!(
                refused.contains("PostgresOptions::jobs_schema"),
                "{refused}"
            );
        }
    }

    #[test]
    fn a_schema_that_is_there_is_not_moved() {
        let jobs = JobsSchema::default();
        jobs.check(None).unwrap();
        jobs.check(Some(&JobsSchema::default())).unwrap();
        let refused = jobs.check(Some(&JobsSchema::new("other").unwrap()));
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("`other`") && refused.contains("`supabase_task_jobs`"));
    }
}
