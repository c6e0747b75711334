//! Where jobs are kept: apart from those of a project that uses Graphile Worker itself.

use sqlx::{Connection, PgConnection};
use supabase_task::engine::postgres::PostgresOptions;
use supabase_task::{Queue, QueueError, RunStatus, Task, Worker};
use supabase_task_tests::TestDatabase;

use crate::stage::offline;
use crate::tasks::note;

/// The tables of npm's graphile-worker, as far as it shows whether somebody used them.
const SOMEBODY_ELSES: &str = "
    create schema graphile_worker;
    create table graphile_worker.migrations (
      id int primary key, ts timestamptz not null default now(), breaking boolean not null default false);
    insert into graphile_worker.migrations (id) select generate_series(1, 18);
    create table graphile_worker.jobs (id bigint primary key, task_identifier text, locked_by text);
    insert into graphile_worker.jobs values (1, 'note', null)";

async fn completes_a_run(queue: &Queue) {
    let worker = Worker::new(queue, &offline()).schedules(false);
    let worker = worker.start().unwrap();
    let handle = note::trigger(queue, 1).await.unwrap();
    handle.wait().await.unwrap();
    assert_eq!(handle.status().await.unwrap(), RunStatus::Completed);
    worker.shutdown().await.unwrap();
}

async fn text(connection: &mut PgConnection, sql: &'static str) -> String {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn the_graphile_worker_of_a_project_is_left_alone() {
    const STATE: &str = "select (select json_agg(j)::text from graphile_worker.jobs j)
        || (select count(*) from graphile_worker.migrations)
        || (select count(*) from pg_class where relnamespace = 'graphile_worker'::regnamespace)";
    let database = TestDatabase::create().await;
    let url = database.url();
    let mut owner = database.connect().await;
    let made = sqlx::raw_sql(SOMEBODY_ELSES).execute(&mut owner).await;
    made.unwrap();
    let before = text(&mut owner, STATE).await;

    let asked_for = PostgresOptions::new(url.as_str()).jobs_schema("graphile_worker");
    let refused = asked_for.connect().await.unwrap_err();
    assert!(
        matches!(refused, QueueError::InvalidOption(_)),
        "{refused:?}"
    );
    let refused = refused.to_string();
    assert!(refused.contains("exists already"), "{refused}");

    let queue = Queue::connect(url.as_str()).await.unwrap();
    completes_a_run(&queue).await;
    assert_eq!(text(&mut owner, STATE).await, before);
    owner.close().await.unwrap();
}

#[tokio::test]
async fn a_schema_is_named_once_and_found_again() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let named = || PostgresOptions::new(url.as_str()).jobs_schema("my_jobs");
    drop(named().connect().await.unwrap());

    // No name is needed to find it, and none is wrong.
    for migrates in [true, false] {
        let queue = PostgresOptions::new(url.as_str()).migrate(migrates);
        completes_a_run(&queue.connect().await.unwrap()).await;
        named().migrate(migrates).connect().await.unwrap();
        let other = PostgresOptions::new(url.as_str()).jobs_schema("other");
        let refused = other.migrate(migrates).connect().await.unwrap_err();
        let refused = refused.to_string();
        assert!(
            refused.contains("`other`") && refused.contains("`my_jobs`"),
            "{refused}"
        );
    }
    let mut owner = database.connect().await;
    let schemas = "select string_agg(nspname, ' ' order by nspname) from pg_namespace
        where nspname ~ 'jobs|supabase|graphile|other'";
    assert_eq!(text(&mut owner, schemas).await, "my_jobs supabase_task");
    owner.close().await.unwrap();
}

#[tokio::test]
async fn a_name_that_cannot_be_used_is_refused_and_leaves_nothing() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let mut owner = database.connect().await;
    const SCHEMAS: &str = "select string_agg(nspname, ' ' order by nspname) from pg_namespace";
    let before = text(&mut owner, SCHEMAS).await;
    for (name, reason) in [("user", "reserved word"), ("public", "exists already")] {
        let named = PostgresOptions::new(url.as_str()).jobs_schema(name);
        let refused = named.connect().await.unwrap_err();
        assert!(
            matches!(refused, QueueError::InvalidOption(_)),
            "{refused:?}"
        );
        let refused = refused.to_string();
        assert!(
            refused.contains(reason) && refused.contains(name),
            "{refused}"
        );
    }
    assert_eq!(text(&mut owner, SCHEMAS).await, before);
    owner.close().await.unwrap();
}

#[tokio::test]
async fn a_migration_that_was_interrupted_after_graphile_workers_tables_goes_on() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let named = || PostgresOptions::new(url.as_str()).jobs_schema("my_jobs");
    drop(named().connect().await.unwrap());
    let mut owner = database.connect().await;
    let only_theirs = sqlx::raw_sql("drop schema supabase_task cascade");
    only_theirs.execute(&mut owner).await.unwrap();
    completes_a_run(&named().connect().await.unwrap()).await;
    owner.close().await.unwrap();
}

#[tokio::test]
async fn a_queue_of_an_earlier_development_version_is_told_what_to_do() {
    let database = TestDatabase::create().await;
    let url = database.url();
    drop(Queue::connect(url.as_str()).await.unwrap());
    let mut owner = database.connect().await;
    let earlier = sqlx::raw_sql("drop function supabase_task.jobs_schema()");
    earlier.execute(&mut owner).await.unwrap();
    for migrates in [true, false] {
        let options = PostgresOptions::new(url.as_str()).migrate(migrates);
        let refused = options.connect().await.unwrap_err().to_string();
        assert!(refused.contains("drop the schemas"), "{refused}");
    }
    owner.close().await.unwrap();
}
