//! The commands that need no task: `migrate`, and the database checks of `check`.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Executor as _};
use supabase_task::LocalSupabase;
use supabase_task_tests::{MIGRATION, TestDatabase};
use url::Url;

use crate::check::line;
use crate::process::Program;
use crate::roles::external::ALONE;

fn migrate(database: &TestDatabase, arguments: &[&str]) -> Program {
    let arguments = [&["migrate"], arguments].concat();
    Program::new(&arguments).env([("DATABASE_URL", database.url().as_str())])
}

#[tokio::test]
async fn migrating_says_what_it_did_and_can_be_repeated() {
    let database = TestDatabase::create().await;
    let ended = migrate(&database, &[]).run().await;
    assert_eq!(ended.exited(0), "");
    ended.says("applied supabase_task 1 tables");
    let ended = migrate(&database, &[]).run().await;
    assert_eq!(ended.exited(0), "");
    assert_eq!(ended.stderr, "the database is up to date\n");
}

#[tokio::test]
async fn the_printed_migrations_are_those_that_it_applies() {
    let database = TestDatabase::create().await;
    // No database is needed to print them.
    let printed = Program::new(&["migrate", "--print"]).run().await;
    let sql = printed.exited(0).to_owned();
    assert!(sql.starts_with("-- "), "{sql}");
    let mut connection = database.connect().await;
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    let ended = migrate(&database, &[]).run().await;
    ended.exited(0);
    assert_eq!(ended.stderr, "the database is up to date\n");
}

#[tokio::test]
async fn a_database_that_is_missing_wrong_or_away_is_told_apart() {
    let ended = Program::new(&["migrate"]).run().await;
    assert_eq!(ended.exited(3), "");
    ended.says("set the variable `SUPABASE_DB_URL`");
    for (url, code) in [
        ("https://u:hunter2@abc.supabase.co", 3),
        ("postgres://u:hunter2@127.0.0.1:nowhere/db", 3),
        ("postgres://u:12/hunter2@127.0.0.1/db", 3),
        ("postgres://u:hunter2@127.0.0.1:9/db", 1),
    ] {
        for command in [
            &["migrate"][..],
            &["runs", "list"],
            &["worker"],
            &["trigger", "abort"],
        ] {
            let program = Program::new(command).env([("DATABASE_URL", url)]);
            let ended = program.run().await;
            assert_eq!(ended.exited(code), "", "{command:?}");
            ended.says("`DATABASE_URL`");
            assert!(!ended.stderr.contains("hunter2"), "{ended:?}");
        }
    }
}

/// Each case has a mistake in one part of the URL.
#[tokio::test]
async fn a_connection_that_is_refused_says_which_and_what_to_do_and_at_once() {
    let database = TestDatabase::create().await;
    let mut no_database = database.url();
    no_database.set_path("no_such_database");
    let role = database.url_of_plain_role("pass-word-8").await;
    let mut wrong_password = role.clone();
    wrong_password.set_password(Some("hunter2")).unwrap();
    for (url, place, step) in [
        (
            Url::parse("postgres://me:hunter2@127.0.0.1:9/app").unwrap(),
            "`127.0.0.1:9` (database `app`, user `me`)".to_owned(),
            "start the database",
        ),
        (
            Url::parse("postgres://me:hunter2@no-such-host.internal:5433/app").unwrap(),
            "`no-such-host.internal:5433` (database `app`, user `me`)".to_owned(),
            "check the host and the port",
        ),
        (
            no_database,
            "(database `no_such_database`".to_owned(),
            "check the name at the end",
        ),
        (
            wrong_password,
            format!("user `{}`", role.username()),
            "check the user and the password",
        ),
    ] {
        let began = Instant::now();
        for command in [&["migrate"][..], &["runs", "list"], &["gen", "types"]] {
            let program = Program::new(command).env([("SUPABASE_DB_URL", url.as_str())]);
            let ended = program.run().await;
            assert_eq!(ended.exited(1), "", "{command:?}");
            ended.says("no connection to ").says(&place).says(step);
            ended.says("the URL comes from `SUPABASE_DB_URL`");
            for never in ["hunter2", "pass-word", " at line "] {
                assert!(!ended.stderr.contains(never), "{never}: {ended:?}");
            }
        }
        // Three processes. A retry would wait for many seconds.
        assert!(began.elapsed() < Duration::from_secs(20), "{place}");
    }
}

#[tokio::test]
async fn a_role_that_may_not_make_the_tables_is_told_what_to_connect_as() {
    let database = TestDatabase::create().await;
    let url = database.url_of_plain_role("pass-word-9").await;
    let program = Program::new(&["migrate"]).env([("SUPABASE_DB_URL", url.as_str())]);
    let ended = program.run().await;
    assert_eq!(ended.exited(1), "");
    ended
        .says("permission denied for database")
        .says("connect as a role that may create schemas");
    assert!(!ended.stderr.contains(" at line "), "{ended:?}");
}

#[tokio::test]
async fn check_tells_of_tables_without_row_level_security_and_of_missing_migrations() {
    let _alone = ALONE.lock().await;
    let database = TestDatabase::create().await;
    let stack = LocalSupabase::builder()
        .database_url(database.url().as_str())
        .sql(MIGRATION)
        .sql(
            "do $$ begin
               if not exists (select from pg_roles where rolname = 'cli reporter') then
                 create role \"cli reporter\" nologin noinherit;
               end if;
             end $$;
             grant \"cli reporter\" to authenticator;
             create table public.order (status text, \"shipped at\" timestamptz);
             alter table public.order enable row level security;
             grant select on public.order to \"cli reporter\";",
        )
        .start()
        .await
        .unwrap();
    let check = async || {
        let program = Program::new(&["check"]).project(&stack);
        let url = database.url();
        program.env([("SUPABASE_DB_URL", url.as_str())]).run().await
    };

    let ended = check().await;
    ended.exited(1);
    for name in ["encryption", "session", "row level security"] {
        assert_eq!(line(&ended, name).0, '✓', "{name}");
    }
    let (mark, reason) = line(&ended, "migrations");
    assert_eq!(mark, '✗');
    assert!(reason.contains("`task-program migrate`"), "{reason}");
    // `check` changes nothing.
    assert_eq!(line(&check().await, "migrations").0, '✗');

    migrate(&database, &[]).run().await.exited(0);
    let ended = check().await;
    ended.exited(0);
    assert_eq!(line(&ended, "migrations").0, '✓');

    stack
        .execute("create table notes (id int); create table \"Odd name\" (id int)")
        .await
        .unwrap();
    let ended = check().await;
    ended.exited(1);
    let (mark, reason) = line(&ended, "row level security");
    assert_eq!(mark, '✗');
    let expected = "is off for public.\"Odd name\", public.notes, ";
    assert!(reason.starts_with(expected), "{reason}");

    stack
        .execute("alter table notes enable row level security; revoke all on \"Odd name\" from authenticated")
        .await
        .unwrap();
    check().await.exited(0);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_no_projects_is_told() {
    let database = TestDatabase::create().await;
    let url = database.url_of_plain_role("pass-word-6").await;
    let away = [("SUPABASE_DB_URL", "postgres://u:pass-word-6@127.0.0.1:9/db")];
    let ended = Program::new(&["check"]).env(away).run().await;
    assert_eq!(line(&ended, "row level security").0, '✗');
    assert_eq!(line(&ended, "migrations").0, '–');
    assert!(!ended.stdout.contains("pass-word"), "{ended:?}");

    // A role without privileges can still run the checks.
    let ended = Program::new(&["check"])
        .env([("SUPABASE_DB_URL", url.as_str())])
        .run()
        .await;
    assert_eq!(line(&ended, "migrations").0, '✗');
    assert!(!ended.stdout.contains("pass-word"), "{ended:?}");
}
