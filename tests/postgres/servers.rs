//! Which PostgreSQL a stack runs on, and that it leaves nothing behind.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use supabase_task::prelude::*;
use supabase_task::{LocalPostgres, LocalSupabase, LocalSupabaseBuilder, Queue, Worker};
use supabase_task_tests::{MIGRATION, TestDatabase, user};
use tokio::task::JoinSet;
use tokio::time::timeout;
use url::Url;

use crate::tasks::{AddTodo, As, add_todo, list_todos};

/// Set in a process that a test has started.
const IN_CHILD: &str = "SUPABASE_TASK_TESTS_CHILD";

fn installed() -> LocalSupabaseBuilder {
    LocalSupabase::builder().postgres(LocalPostgres::Installed)
}

fn url(stack: &LocalSupabase) -> String {
    stack.database_url().expect("a URL").to_owned()
}

/// The folder of the server's socket and data.
fn folder(url: &str) -> PathBuf {
    let url = Url::parse(url).unwrap();
    let host = url.query_pairs().find(|(name, _)| name == "host");
    PathBuf::from(host.expect("a socket").1.into_owned())
}

/// Returns what the query `sql` gives, as text.
async fn ask(url: &str, sql: &'static str) -> sqlx::Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    let answer = sqlx::query_scalar(sql).fetch_one(&mut connection).await?;
    connection.close().await?;
    Ok(answer)
}

/// Waits until something has happened, at most for some seconds.
fn eventually(what: &str, is_done: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_done() {
        assert!(began.elapsed() < Duration::from_secs(60), "not: {what}");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn installed_stacks_share_a_server_and_no_rows() {
    let start = || installed().sql(MIGRATION).start();
    let (one, two) = tokio::join!(start(), start());
    let (one, two) = (one.unwrap(), two.unwrap());
    let payload = AddTodo {
        user_id: user(1),
        owner_id: user(1),
        title: "in one".to_owned(),
    };
    let added = add_todo::run(&one.supabase(), payload).await.unwrap();
    let seen = |stack: &LocalSupabase| {
        let supabase = stack.supabase();
        async move { list_todos::run(&supabase, As { user_id: user(1) }).await }
    };
    assert_eq!(seen(&one).await.unwrap(), [added]);
    assert_eq!(seen(&two).await.unwrap(), []);

    let (first, second) = (url(&one), url(&two));
    assert_eq!(folder(&first), folder(&second));
    assert_eq!(
        ask(&first, "select title from todos").await.unwrap(),
        "in one"
    );
    // The database goes with its stack, whoever is connected to it.
    let mut connected = PgConnection::connect(&first).await.unwrap();
    one.shutdown().await.unwrap();
    assert!(connected.ping().await.is_err());
    let error = ask(&first, "select 'there'").await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
    assert_eq!(seen(&two).await.unwrap(), []);
    drop(two);
    let error = ask(&second, "select 'there'").await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_installed_stacks_run_at_once() {
    let mut starts = JoinSet::new();
    for _ in 0..24 {
        starts.spawn(installed().sql(MIGRATION).start());
    }
    let stacks = starts.join_all().await;
    let stacks: Vec<_> = stacks.into_iter().map(Result::unwrap).collect();
    for stack in &stacks {
        let client = stack.supabase().service_client().unwrap();
        assert_eq!(client.from("todos").select("*").head().await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_other_account_can_read_the_data() {
    let stack = installed().start().await.unwrap();
    let folder = folder(&url(&stack));
    for path in [folder.clone(), folder.join("data")] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path:?}: {mode:o}");
    }
    assert!(!folder.join("password").exists());
}

/// Roles, and settings of the database that everyone calls `postgres`, belong to the whole server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_that_changes_roles_has_a_server_of_its_own() {
    const SQL: &str = "create role reader nologin; grant reader to authenticator;
        alter database postgres set app.greeting to 'hello';
        create function greeting() returns text language sql stable as
          $$ select current_setting('app.greeting') $$;";
    let start = || installed().sql(SQL).start();
    let (one, two) = tokio::join!(start(), start());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(folder(&url(&one)), folder(&url(&two)));
    let client = two.supabase().service_client().unwrap();
    let greeting: String = client.rpc("greeting", json!({})).single().await.unwrap();
    assert_eq!(greeting, "hello");
    let gone = folder(&url(&one));
    one.shutdown().await.unwrap();
    assert!(!gone.exists());
    let gone = folder(&url(&two));
    drop(two);
    eventually("the folder is removed", || !gone.exists());

    let shared = installed().start().await.unwrap();
    let roles = "select count(*)::text from pg_roles where rolname = 'reader'";
    assert_eq!(ask(&url(&shared), roles).await.unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_died_is_told_at_once() {
    // A server of its own, because other tests use the shared one.
    let role = "create role of_its_own";
    let stack = installed().sql(MIGRATION).sql(role).start().await.unwrap();
    let folder = folder(&url(&stack));
    let pid = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap();
    let pid = pid.lines().next().unwrap();
    let kill = Command::new("kill").args(["-KILL", pid]).status().unwrap();
    assert!(kill.success());
    eventually("the server's folder is removed", || !folder.exists());
    let client = stack
        .supabase()
        .service_client()
        .unwrap()
        .with_retries(false);
    let began = Instant::now();
    let error = client.from("todos").select("*").head().await.unwrap_err();
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{error} after {:?}",
        began.elapsed()
    );
    let error = stack.execute("select 1").await.unwrap_err();
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{error} after {:?}",
        began.elapsed()
    );
    println!("{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exception_handlers_run_on_every_server() {
    const SQL: &str = "create function divided() returns text language plpgsql as $$
        begin
          perform 1 / 0;
          return 'no error';
        exception when division_by_zero then
          return 'handled';
        end $$;";
    for server in [LocalPostgres::Installed, LocalPostgres::Embedded] {
        let builder = LocalSupabase::builder().postgres(server).sql(SQL);
        let stack = builder.start().await.unwrap();
        let client = stack.supabase().service_client().unwrap();
        let answer: String = client.rpc("divided", json!({})).single().await.unwrap();
        assert_eq!(answer, "handled");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_durable_queue_runs_on_the_stacks_database() {
    let stack = installed().sql(MIGRATION).start().await.unwrap();
    let queue = Queue::connect(&url(&stack)).await.unwrap();
    let payload = AddTodo {
        user_id: user(1),
        owner_id: user(1),
        title: "queued".to_owned(),
    };
    let handle = add_todo::trigger(&queue, payload).await.unwrap();
    let worker = Worker::new(&queue, &stack.supabase()).start().unwrap();
    let waited = timeout(Duration::from_secs(30), handle.wait())
        .await
        .unwrap();
    let todo = waited.unwrap();
    assert_eq!(todo.title, "queued");
    worker.shutdown().await.unwrap();
}

/// Also what the processes of the tests below run: there, it says which server it had, or why it had none.
#[tokio::test]
async fn one_stack() {
    let in_child = std::env::var_os(IN_CHILD).is_some();
    let line = Arc::new(Mutex::new(String::new()));
    let noted = line.clone();
    let started = LocalSupabase::builder()
        .sql(MIGRATION)
        .on_step(move |step| {
            let mut line = noted.lock().unwrap();
            if line.is_empty() {
                *line = step.to_string();
            }
        })
        .start()
        .await;
    let stack = match started {
        Ok(stack) => stack,
        Err(error) if in_child => {
            println!("error: {error}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    println!("started: {}", line.lock().unwrap());
    println!("url: {}", stack.database_url().unwrap_or("none"));
    if in_child {
        // As a process that is killed: nothing is dropped.
        std::mem::forget(stack);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_that_is_abandoned_leaves_nothing_behind() {
    if std::env::var_os(IN_CHILD).is_some() {
        return abandon_starts().await;
    }
    let folder = tempfile::tempdir().unwrap();
    // As the system's temporary folder: the server may run as another account.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let name = "servers::a_start_that_is_abandoned_leaves_nothing_behind";
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", name, "--nocapture"])
        .env(IN_CHILD, "1")
        .env("TMPDIR", folder.path());
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let left = || fs::read_dir(folder.path()).unwrap().count();
    eventually("all servers have ended", || left() == 0);
}

/// Abandons starts at many moments. Some of the servers are still being made when the process ends.
async fn abandon_starts() {
    let mut starts = JoinSet::new();
    for number in 0..10 {
        // Such a project has a server of its own.
        let start = installed().sql("create role reader").start();
        starts.spawn(timeout(Duration::from_millis(100 + 250 * number), start));
    }
    let ended = starts.join_all().await;
    assert!(ended.iter().any(Result::is_err), "no start was abandoned");
}

/// Variables that are set for clients of another server change nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_of_clients_are_not_those_of_the_server() {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args([
            "--exact",
            "servers::a_durable_queue_runs_on_the_stacks_database",
        ])
        .env("PGPORT", "6000")
        .env("PGHOST", "db.example.com")
        .env("PGUSER", "someone")
        .env("PGPASSWORD", "hunter2")
        .env("PGDATABASE", "theirs")
        .env("PGSSLMODE", "require")
        .env("PGDATA", "/no/such/folder");
    let output = child.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
}

/// Runs [`one_stack`] in a process of its own, and returns what it printed.
fn in_a_process(variable: Option<&str>) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--exact", "servers::one_stack", "--nocapture"])
        .env(IN_CHILD, "1")
        .env_remove("SUPABASE_TASK_POSTGRES");
    if let Some(value) = variable {
        child.env("SUPABASE_TASK_POSTGRES", value);
    }
    let output = child.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}");
    printed
}

fn after<'a>(printed: &'a str, start: &str) -> &'a str {
    let line = printed.lines().find_map(|line| line.split_once(start));
    line.unwrap_or_else(|| panic!("no {start} in {printed}")).1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_ends_with_the_process() {
    let printed = in_a_process(None);
    assert!(
        after(&printed, "started: ").contains("up, installed ("),
        "{printed}"
    );
    let folder = folder(after(&printed, "url: "));
    assert!(
        folder.starts_with(Path::new(&std::env::temp_dir())),
        "{folder:?}"
    );
    eventually("the server's folder is removed", || !folder.exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_variable_chooses_the_server() {
    let printed = in_a_process(Some("installed"));
    assert!(
        after(&printed, "started: ").contains("up, installed ("),
        "{printed}"
    );
    let printed = in_a_process(Some("embedded"));
    assert!(
        after(&printed, "started: ").contains("up, embedded ("),
        "{printed}"
    );
    assert_eq!(after(&printed, "url: "), "none");

    let database = TestDatabase::create().await;
    let printed = in_a_process(Some(database.url().as_str()));
    assert!(
        after(&printed, "started: ").contains("up, given, a new database ("),
        "{printed}"
    );
    let created = after(&printed, "url: ").to_owned();
    assert_ne!(created, database.url().as_str());
    // The server's own database is left alone.
    let tables = "select count(*)::text from pg_tables where schemaname in ('public', 'auth')";
    assert_eq!(ask(database.url().as_str(), tables).await.unwrap(), "0");
    assert_eq!(
        ask(&created, "select count(*)::text from todos")
            .await
            .unwrap(),
        "0"
    );
    // This stack ended without being dropped, so its database is still there.
    let mut connection = database.connect().await;
    let name = Url::parse(&created).unwrap().path()[1..].to_owned();
    let drop = format!("drop database {name} with (force)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(drop))
        .execute(&mut connection)
        .await
        .unwrap();

    let printed = in_a_process(Some("me:hunter2@nowhere"));
    assert!(
        after(&printed, "error: ").starts_with("SUPABASE_TASK_POSTGRES has"),
        "{printed}"
    );
    assert!(!printed.contains("hunter2"), "{printed}");
}
