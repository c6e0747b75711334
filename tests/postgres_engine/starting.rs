//! What can happen while a queue is opened: others create the tables at the same time, databases and roles
//! cannot have them, the database has unusual defaults.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use supabase_task::engine::AttemptOutcome::Completed;
use supabase_task::engine::postgres::{PostgresOptions, migrate, migrations_sql};
use supabase_task::prelude::*;
use supabase_task::{Queue, QueueError, RunStatus};
use supabase_task_tests::TestDatabase;
use tokio::process::Command;
use url::Url;

use crate::stage::{PATIENCE, Stage, outcomes};
use crate::tasks::{Work, keyed, limited, note, step};

const LOCK: &str =
    "begin; select pg_advisory_xact_lock(hashtextextended('supabase_task.migrations', 0))";

async fn run(connection: &mut PgConnection, sql: impl Into<String>) {
    sqlx::raw_sql(AssertSqlSafe(sql.into()))
        .execute(connection)
        .await
        .unwrap();
}

/// The error, which must come in time.
async fn refused(url: &Url) -> QueueError {
    let connecting = Queue::connect(url.as_str());
    match tokio::time::timeout(PATIENCE * 2, connecting).await {
        Ok(Err(error)) => error,
        Ok(Ok(_)) => panic!("it connects"),
        Err(_) => panic!("it waits"),
    }
}

#[tokio::test]
async fn who_connects_waits_for_another_who_makes_the_tables_and_then_says_so() {
    let database = TestDatabase::create().await;
    let mut other = database.connect().await;
    run(&mut other, LOCK).await;
    let started = Instant::now();
    let error = refused(&database.url()).await;
    println!("it waited for {:.1?}: {error}", started.elapsed());
    assert!(
        started.elapsed() < Duration::from_secs(75),
        "{:?}",
        started.elapsed()
    );
    assert!(
        error.to_string().contains("making the queue's tables"),
        "{error}"
    );

    // It continues as soon as the other one is done.
    let url = database.url();
    let connects = tokio::spawn(async move { Queue::connect(url.as_str()).await.map(drop) });
    run(&mut other, "rollback").await;
    connects.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_finds_the_tables_waits_for_nobody() {
    let database = TestDatabase::create().await;
    migrate(database.url().as_str()).await.unwrap();
    let mut other = database.connect().await;
    run(&mut other, LOCK).await;
    let queue = tokio::time::timeout(
        Duration::from_secs(20),
        Queue::connect(database.url().as_str()),
    )
    .await
    .unwrap()
    .unwrap();
    note::trigger(&queue, 1).await.unwrap();
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused_and_left_alone() {
    let database = TestDatabase::create().await;
    let mut url = database.url();
    let name = format!("{}_ascii", url.path().trim_start_matches('/'));
    let mut connection = database.connect().await;
    let create =
        format!("create database {name} encoding 'SQL_ASCII' locale 'C' template template0");
    run(&mut connection, create).await;
    url.set_path(&name);
    let error = refused(&url).await;
    assert!(matches!(error, QueueError::Migration(_)), "{error:?}");
    assert!(error.to_string().contains("SQL_ASCII"), "{error}");
    assert!(error.to_string().contains("UTF8"), "{error}");
    let mut there = PgConnection::connect(url.as_str()).await.unwrap();
    let schemas: i64 = sqlx::query_scalar(
        "select count(*) from pg_namespace where nspname in ('supabase_task', 'supabase_task_jobs')",
    )
    .fetch_one(&mut there)
    .await
    .unwrap();
    assert_eq!(schemas, 0);
    there.close().await.unwrap();
    run(
        &mut connection,
        format!("drop database {name} with (force)"),
    )
    .await;
}

#[tokio::test]
async fn a_role_that_does_not_own_the_tables_is_told_which_one_to_use() {
    let database = TestDatabase::create().await;
    migrate(database.url().as_str()).await.unwrap();
    let url = database.url_of_plain_role("pass-word-5").await;
    let role = url.username().to_owned();
    let mut owner = database.connect().await;
    let grants = [
        "select",
        "grant usage on schema supabase_task, supabase_task_jobs to ROLE",
        "grant all on all tables in schema supabase_task, supabase_task_jobs to ROLE;
         grant all on all sequences in schema supabase_task, supabase_task_jobs to ROLE;
         grant all on all functions in schema supabase_task, supabase_task_jobs to ROLE",
    ];
    for grant in grants {
        run(&mut owner, grant.replace("ROLE", &role)).await;
        for migrates in [true, false] {
            let options = PostgresOptions::new(url.as_str()).migrate(migrates);
            let error = options.connect().await.unwrap_err();
            println!("after `{grant}`, migrate({migrates}): {error}");
            let text = error.to_string();
            let advice = "connect as the role that owns the schema `supabase_task`";
            assert!(text.contains(advice), "{text}");
            assert!(!format!("{error:?}").contains("pass-word-5"));
        }
    }
}

#[tokio::test]
async fn tables_of_a_newer_graphile_worker_are_refused() {
    let database = TestDatabase::create().await;
    let url = database.url();
    migrate(url.as_str()).await.unwrap();
    let mut owner = database.connect().await;
    let newer = "insert into supabase_task_jobs.migrations (id, breaking) values (999, true)";
    run(&mut owner, newer).await;
    let unmigrated = PostgresOptions::new(url.as_str()).migrate(false);
    for error in [refused(&url).await, unmigrated.connect().await.unwrap_err()] {
        assert!(matches!(error, QueueError::Migration(_)), "{error:?}");
        let text = error.to_string();
        assert!(
            text.contains("999") && text.contains("update the library"),
            "{text}"
        );
    }
    // A migration that is not breaking is not our concern.
    run(
        &mut owner,
        "update supabase_task_jobs.migrations set breaking = false where id = 999",
    )
    .await;
    Queue::connect(url.as_str()).await.unwrap();
}

async fn a_default_of_the_database_changes_no_promise(isolation: &str) {
    let database = TestDatabase::create().await;
    let url = database.url();
    let name = url.path().trim_start_matches('/').to_owned();
    let mut owner = database.connect().await;
    let set = format!("alter database {name} set default_transaction_isolation = '{isolation}'");
    run(&mut owner, set).await;
    drop(owner);
    let stage = Stage::at(url.to_string(), Some(database)).await;
    let shown: String = stage.scalar("show default_transaction_isolation").await;
    assert_eq!(shown, isolation);

    // No worker should be considered dead on a busy machine.
    let settings = [("ENGINE_TAKEOVER_MS", "30000")];
    let workers = [stage.process_with(&settings), stage.process_with(&settings)];
    let work = |number: u64| Work {
        key: format!("key {}", number % 5),
        milliseconds: number % 10,
    };
    let mut runs = Vec::new();
    for handle in step::trigger_batch(&stage.queue, 0..100).await.unwrap() {
        runs.push(handle.id());
    }
    for handle in limited::trigger_batch(&stage.queue, (0..100).map(work))
        .await
        .unwrap()
    {
        runs.push(handle.id());
    }
    for handle in keyed::trigger_batch(&stage.queue, (0..100).map(work))
        .await
        .unwrap()
    {
        runs.push(handle.id());
    }
    for run in &runs {
        let run = stage.finished(*run).await;
        assert_eq!(run.status, RunStatus::Completed, "{run:?}");
        assert_eq!(outcomes(&run), [(1, Completed)], "{run:?}");
    }
    stage.nothing_is_left().await;
    drop(workers);
}

#[tokio::test]
async fn a_default_of_serializable_changes_no_promise() {
    a_default_of_the_database_changes_no_promise("serializable").await;
}

#[tokio::test]
async fn a_default_of_repeatable_read_changes_no_promise() {
    a_default_of_the_database_changes_no_promise("repeatable read").await;
}

#[tokio::test]
async fn the_printed_sql_applies_with_psql() {
    let database = TestDatabase::create().await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), migrations_sql()).unwrap();
    let applied = Command::new("psql")
        .args(["-1", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-f"])
        .arg(file.path())
        .arg(database.url().as_str())
        .output()
        .await;
    let Ok(applied) = applied else {
        // `migrations.rs` applies it without psql.
        eprintln!("there is no psql");
        return;
    };
    let said = String::from_utf8_lossy(&applied.stderr);
    assert!(applied.status.success(), "{said}");
    let nothing = migrate(database.url().as_str()).await.unwrap();
    assert_eq!(nothing.applied, [""; 0]);
    Queue::connect(database.url().as_str()).await.unwrap();
}
