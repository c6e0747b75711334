//! The tables: created by workers that start together, by hand, by SQL.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use supabase_task::engine::postgres::{PostgresOptions, migrate, migrations_sql};
use supabase_task::prelude::*;
use supabase_task::{Queue, QueueError, Worker};
use supabase_task_tests::TestDatabase;

use crate::stage::{PATIENCE, Stage, offline};
use crate::tasks::note;

/// Everything in a schema, as text.
const DESCRIPTION: &str = "
select string_agg(line, E'\\n' order by line) from (
  select format('%s.%s.%s %s %s %s', table_schema, table_name, column_name, data_type,
    column_default, is_nullable) as line
  from information_schema.columns where table_schema in ('supabase_task', 'supabase_task_jobs')
  union all
  select format('%s %s', oid::regprocedure, md5(pg_get_functiondef(oid))) from pg_proc
  where pronamespace in ('supabase_task'::regnamespace, 'supabase_task_jobs'::regnamespace)
    and prokind = 'f'
  union all
  select format('%s %s', oid::regprocedure, proacl) from pg_proc
  where pronamespace in ('supabase_task'::regnamespace, 'supabase_task_jobs'::regnamespace)
  union all
  select indexdef from pg_indexes where schemaname in ('supabase_task', 'supabase_task_jobs')
  union all
  select format('%s %s %s %s', oid::regclass, relrowsecurity, relacl, reloptions) from pg_class
  where relnamespace in ('supabase_task'::regnamespace, 'supabase_task_jobs'::regnamespace)
    and relkind in ('r', 'v')
  union all
  select format('%s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
  where connamespace in ('supabase_task'::regnamespace, 'supabase_task_jobs'::regnamespace)
  union all
  select format('%s %s', id, breaking) from supabase_task_jobs.migrations
  union all
  select format('%s %s', version, name) from supabase_task.migrations
) lines (line)";

async fn description(database: &TestDatabase) -> String {
    let mut connection = database.connect().await;
    sqlx::query_scalar(DESCRIPTION)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn workers_that_start_together_make_the_tables_once() {
    let database = TestDatabase::create().await;
    let url = database.url().to_string();
    let started = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let queue = Queue::connect(&url).await.unwrap();
            let worker = Worker::new(&queue, &offline()).schedules(false);
            (queue, worker.start().unwrap())
        })
    });
    let mut workers = Vec::new();
    for started in started.collect::<Vec<_>>() {
        workers.push(started.await.unwrap());
    }
    let runs = note::trigger_batch(&workers[0].0, 0..40).await.unwrap();
    for (number, run) in (0..).zip(&runs) {
        let output = tokio::time::timeout(PATIENCE, run.wait()).await.unwrap();
        assert_eq!(output.unwrap(), number);
    }
    for (_, worker) in workers {
        worker.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn migrating_again_does_nothing() {
    let database = TestDatabase::create().await;
    let url = database.url().to_string();
    let first = migrate(&url).await.unwrap();
    assert!(first.applied.len() > 1, "{first:?}");
    let before = description(&database).await;
    assert_eq!(migrate(&url).await.unwrap().applied, [""; 0]);
    assert_eq!(description(&database).await, before);
}

#[tokio::test]
async fn the_printed_sql_makes_the_same_tables() {
    let (printed, migrated) = (TestDatabase::create().await, TestDatabase::create().await);
    let mut connection = printed.connect().await;
    let mut transaction = connection.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(migrations_sql()))
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    migrate(migrated.url().as_str()).await.unwrap();

    let (by_hand, by_itself) = (description(&printed).await, description(&migrated).await);
    for (line, other) in by_hand.lines().zip(by_itself.lines()) {
        assert_eq!(line, other);
    }
    assert_eq!(by_hand.len(), by_itself.len());
    let nothing = migrate(printed.url().as_str()).await.unwrap();
    assert_eq!(nothing.applied, [""; 0]);

    // It works without running migrations.
    let options = PostgresOptions::new(printed.url().as_str()).migrate(false);
    let queue = options.connect().await.unwrap();
    let worker = Worker::new(&queue, &offline())
        .schedules(false)
        .start()
        .unwrap();
    let run = note::trigger(&queue, 5).await.unwrap();
    assert_eq!(run.wait().await.unwrap(), 5);
    worker.shutdown().await.unwrap();

    // A second time is an error and changes nothing.
    let mut transaction = connection.begin().await.unwrap();
    let again = sqlx::raw_sql(AssertSqlSafe(migrations_sql()))
        .execute(&mut *transaction)
        .await;
    assert!(again.is_err());
    transaction.rollback().await.unwrap();
    assert_eq!(description(&printed).await, by_hand);
}

#[tokio::test]
async fn tables_of_another_version_are_refused_with_a_way_out() {
    let database = TestDatabase::create().await;
    let url = database.url().to_string();
    let unmigrated = || PostgresOptions::new(&url).migrate(false);
    let missing = unmigrated().connect().await.unwrap_err();
    assert_migration(&missing, "supabase-task migrate");

    migrate(&url).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let newer = "insert into supabase_task.migrations (version, name) values (999, 'newer')";
    sqlx::raw_sql(newer).execute(&mut connection).await.unwrap();
    for error in [
        migrate(&url).await.unwrap_err(),
        Queue::connect(&url).await.unwrap_err(),
        unmigrated().connect().await.unwrap_err(),
    ] {
        assert_migration(&error, "999");
        assert_migration(&error, "update the library");
    }

    let older = "delete from supabase_task.migrations where version > 1";
    sqlx::raw_sql(older).execute(&mut connection).await.unwrap();
    let error = unmigrated().connect().await.unwrap_err();
    assert_migration(&error, "supabase-task migrate");
}

#[tokio::test]
async fn a_role_that_may_not_make_schemas_is_told_so() {
    let database = TestDatabase::create().await;
    let url = database.url_of_plain_role("pass-word-3").await;
    let error = migrate(url.as_str()).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("permission denied"), "{text}");
    assert!(!text.contains("pass-word-3"), "{text}");
    assert!(
        text.contains("connect as a role that may create schemas"),
        "{text}"
    );
    // The line in PostgreSQL's own source code helps no one.
    assert!(!text.contains(" at line "), "{text}");
}

#[tokio::test]
async fn a_migration_that_is_refused_is_named() {
    let database = TestDatabase::create().await;
    let mut connection = database.connect().await;
    let in_the_way = "create schema supabase_task; create table supabase_task.runs (id integer)";
    sqlx::raw_sql(in_the_way)
        .execute(&mut connection)
        .await
        .unwrap();
    let text = migrate(database.url().as_str())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("the migration `supabase_task 1 tables` is not applied: relation \"runs\""),
        "{text}"
    );
    assert!(!text.contains(" at line "), "{text}");
}

#[tokio::test]
async fn a_queue_that_cannot_be_connected_to_says_where_it_should_be() {
    // No server listens there.
    let url = "postgres://me:hunter2@127.0.0.1:9/app";
    for error in [
        Queue::connect(url).await.unwrap_err(),
        migrate(url).await.unwrap_err(),
    ] {
        let text = format!("{error} {error:?}");
        assert!(
            text.contains("no connection to `127.0.0.1:9` (database `app`, user `me`)"),
            "{text}"
        );
        assert!(text.contains("start the database"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert!(error.is_retryable(), "{error}");
    }
}

/// The function that stores runs was replaced by another one.
#[tokio::test]
async fn runs_that_were_not_stored_are_an_error() {
    let stage = Stage::new().await;
    stage
        .execute(
            "create or replace function supabase_task.enqueue(specs json)
             returns table (place bigint, run_id uuid, is_cached boolean) language sql as
             $$ select 1::bigint, gen_random_uuid(), false where json_array_length(specs) > 1 $$",
        )
        .await;
    let one = note::trigger(&stage.queue, 1).await.map(drop);
    // The function reports that it has stored one of them.
    let two = note::trigger_batch(&stage.queue, [1, 2]).await.map(drop);
    for stored in [one, two] {
        let error = stored.unwrap_err();
        assert!(matches!(error, QueueError::NotStored), "{error:?}");
        assert!(
            error.to_string().contains("supabase-task migrate"),
            "{error}"
        );
        assert!(!error.is_retryable(), "{error}");
    }
}

fn assert_migration(error: &QueueError, says: &str) {
    assert!(matches!(error, QueueError::Migration(_)), "{error:?}");
    assert!(error.to_string().contains(says), "{error}");
}
