//! What a function that a request calls can become, and what the owner's SQL leaves behind for requests.

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use supabase_task::prelude::*;
use supabase_task::{LocalPostgres, LocalSupabase, LocalSupabaseBuilder};
use supabase_task_tests::{TestDatabase, TestServer, user};
use tokio::task::JoinSet;
use url::Url;

/// A table for nobody, and a function that runs any statements, and returns who has run them in the end.
const HOSTILE: &str = "create table secrets (id int);
    revoke all on secrets from anon, authenticated, service_role;
    create function hostile(statements text[]) returns text language plpgsql as $$
    declare statement text;
    begin
      foreach statement in array statements loop execute statement; end loop;
      return session_user || ' ' || current_setting('is_superuser');
    end $$;
    create function who() returns text language sql volatile as
      $$ select session_user || ' ' || current_user || ' ' || current_setting('is_superuser') $$;";

/// Each would make a superuser of a connection that has logged in as one. `OWNER` is its name.
const ATTEMPTS: [&[&str]; 7] = [
    &["set session authorization OWNER"],
    &["reset session authorization"],
    &["set session authorization default"],
    &["select set_config('session_authorization', 'OWNER', false)"],
    &["reset role", "set session authorization OWNER"],
    &["set role OWNER"],
    &["set role none", "alter role authenticator superuser"],
];

/// Calls the function as a user, with statements that must fail or gain nothing.
async fn attack(stack: &LocalSupabase, owner: &str) {
    let client = stack.as_user(user(1)).unwrap();
    for attempt in ATTEMPTS {
        let mut statements: Vec<_> = attempt
            .iter()
            .map(|it| it.replace("OWNER", owner))
            .collect();
        let became = client.rpc("hostile", json!({ "statements": statements }));
        match became.single::<String>().await {
            Ok(who) => assert_eq!(who, "authenticator off", "{attempt:?}"),
            Err(error) => assert!(
                ["42501", "25006"].contains(&error.code().unwrap_or_default()),
                "{attempt:?}: {error}"
            ),
        }
        statements.push("insert into secrets values (1)".to_owned());
        let written = client.rpc("hostile", json!({ "statements": statements }));
        let error = written.single::<String>().await.unwrap_err();
        assert_eq!(error.code(), Some("42501"), "{attempt:?}: {error}");
        let later: String = client.rpc("who", json!({})).single().await.unwrap();
        assert_eq!(later, "authenticator authenticated off", "{attempt:?}");
    }
}

async fn started(builder: LocalSupabaseBuilder) -> LocalSupabase {
    builder.sql(HOSTILE).start().await.unwrap()
}

async fn connect(url: &Url) -> PgConnection {
    PgConnection::connect(url.as_str()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_becomes_a_superuser_on_an_installed_server() {
    let installed = || LocalSupabase::builder().postgres(LocalPostgres::Installed);
    attack(&started(installed()).await, "postgres").await;
    // It has a server of its own.
    let roles = "create role reader; alter role authenticator set search_path to public;";
    attack(&started(installed().sql(roles)).await, "postgres").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_becomes_a_superuser_on_a_given_server() {
    let database = TestDatabase::create().await;
    let url = database.url();
    let builder = || LocalSupabase::builder().database_url(url.as_str());
    // Roles belong to the server: the second stack finds them, and a third one starts beside it.
    drop(started(builder()).await);
    let start = || builder().start();
    let (one, two) = tokio::join!(start(), start());
    attack(&one.unwrap(), url.username()).await;
    attack(&two.unwrap(), url.username()).await;
}

/// On a new server, each of them finds the role without a password, or creates it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stacks_that_start_together_on_a_new_server_can_all_log_in() {
    let server = TestServer::start().await;
    let mut owner = connect(server.url()).await;
    let mut starts = JoinSet::new();
    for number in 0..8 {
        let create = format!("create database number_{number}");
        let create = sqlx::raw_sql(AssertSqlSafe(create));
        create.execute(&mut owner).await.unwrap();
        let mut url = server.url().clone();
        url.set_path(&format!("number_{number}"));
        starts.spawn(started(LocalSupabase::builder().database_url(url.as_str())));
    }
    for stack in starts.join_all().await {
        attack(&stack, server.url().username()).await;
    }
}

/// Others log in with the password that the role has, so it stays, and the API logs in as it did before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_the_role_has_is_kept() {
    let server = TestServer::start().await;
    let mut owner = connect(server.url()).await;
    sqlx::raw_sql(
        "create role authenticator login noinherit password 'theirs'; create role anon; \
                   create role authenticated; create role service_role bypassrls; \
                   grant anon, authenticated, service_role to authenticator",
    )
    .execute(&mut owner)
    .await
    .unwrap();
    let stack = started(LocalSupabase::builder().database_url(server.url().as_str())).await;
    let client = stack.as_user(user(1)).unwrap();
    let who = async || {
        client
            .rpc("who", json!({}))
            .single::<String>()
            .await
            .unwrap()
    };
    assert_eq!(who().await, "authenticator authenticated off");
    // What this server does not refuse ends with the request.
    let statements = [format!(
        "set session authorization {}",
        server.url().username()
    )];
    let became = client.rpc("hostile", json!({ "statements": statements }));
    assert!(became.single::<String>().await.unwrap().ends_with(" on"));
    assert_eq!(who().await, "authenticator authenticated off");

    let mut theirs = server.url().clone();
    theirs.set_username("authenticator").unwrap();
    theirs.set_password(Some("theirs")).unwrap();
    connect(&theirs).await;
}

/// The embedded server knows only one login. What a request becomes there ends with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_request_becomes_ends_with_it_on_the_embedded_server() {
    let stack = started(LocalSupabase::builder().postgres(LocalPostgres::Embedded)).await;
    let client = stack.as_user(user(1)).unwrap();
    for attempt in ATTEMPTS {
        let statements: Vec<_> = attempt
            .iter()
            .map(|it| it.replace("OWNER", "postgres"))
            .collect();
        let became = client.rpc("hostile", json!({ "statements": statements }));
        let _ = became.single::<String>().await;
        let later: String = client.rpc("who", json!({})).single().await.unwrap();
        assert_eq!(later, "authenticator authenticated off", "{attempt:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_owners_sql_leaves_in_its_session_is_not_in_the_apis() {
    const LEFT: &str = "create function left_behind() returns jsonb language sql volatile as $$
        select jsonb_build_object('locks', (select count(*) from pg_locks
            where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())),
          'listens', (select count(*) from pg_listening_channels()),
          'statements', (select count(*) from pg_prepared_statements where name = 'mine'),
          'cursors', (select count(*) from pg_cursors where name = 'mine'),
          'table', to_regclass('pg_temp.mine') is not null,
          'setting', coalesce(current_setting('app.mine', true), '')) $$";
    for server in [LocalPostgres::Installed, LocalPostgres::Embedded] {
        let builder = LocalSupabase::builder().postgres(server).sql(LEFT);
        let stack = builder.start().await.unwrap();
        for sql in [
            "select pg_advisory_lock(7)",
            "listen mine",
            "prepare mine as select 1",
            "create temp table mine (id int)",
            "declare mine cursor with hold for select 1",
            "set app.mine to 'there'; set role service_role",
            "set session authorization authenticator",
            "begin; select 1",
        ] {
            stack.execute(sql).await.unwrap();
            let client = stack.as_user(user(1)).unwrap();
            let left: serde_json::Value =
                client.rpc("left_behind", json!({})).single().await.unwrap();
            let nothing = json!({ "locks": 0, "listens": 0, "statements": 0, "cursors": 0, "table": false, "setting": "" });
            assert_eq!(left, nothing, "{sql}");
        }
    }
}
