//! Transactions that are cut off in the middle: a killed process, a dropped future, a silent connection.

use std::time::{Duration, Instant};

use sqlx::raw_sql;
use supabase_task::prelude::*;
use supabase_task::sql::DatabaseError;
use supabase_task_tests::user;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;

use super::Stage;

async fn notes(stage: &Stage) -> i64 {
    let mut connection = stage.database.connect().await;
    // A lock that is left behind fails.
    raw_sql("set lock_timeout = '1s'; lock table notes")
        .execute(&mut connection)
        .await
        .unwrap();
    sqlx::query_scalar("select count(*) from notes")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_future_that_is_dropped_within_a_statement_leaves_nothing_behind() {
    let stage = Stage::new(1).await;
    let database = stage.supabase.user_database(user(1)).unwrap();
    let (inserted, mut seen) = watch::channel(false);
    let work = async {
        let mut tx = database.begin().await?;
        sqlx::query("insert into notes (body) values ('never')")
            .execute(&mut *tx)
            .await?;
        inserted.send_replace(true);
        sqlx::query("select pg_sleep(0.5)")
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok::<_, DatabaseError>(())
    };
    tokio::select! {
        _ = work => panic!("it was not dropped"),
        _ = seen.wait_for(|inserted| *inserted) => {}
    }
    // The only connection is free again after the statement.
    let mut tx = database.begin().await.unwrap();
    let count: i64 = sqlx::query_scalar("select count(*) from notes")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(count, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_the_server_ends_is_tried_again() {
    let stage = Stage::new(1).await;
    let database = stage.supabase.user_database(user(1)).unwrap();
    let mut tx = database.begin().await.unwrap();
    sqlx::query("insert into notes (body) values ('never')")
        .execute(&mut *tx)
        .await
        .unwrap();
    let mut connection = stage.database.connect().await;
    sqlx::query("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1")
        .bind(&stage.login)
        .execute(&mut connection)
        .await
        .unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(TaskError::from(error).is_retry());
    assert_eq!(notes(&stage).await, 0);
    // The pool opens another.
    database.begin().await.unwrap().commit().await.unwrap();
}

/// A relay to the server of a URL that can fall silent, as a network does.
async fn relay(to: Url) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (silence, silent) = watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (to, mut silent) = (to.clone(), silent.clone());
            tokio::spawn(async move {
                if *silent.borrow() {
                    // Open, and nothing is ever answered.
                    let _ = silent.wait_for(|silent| !silent).await;
                    return;
                }
                let mut quiet = silent.clone();
                let relayed = async {
                    let port = to.port().unwrap_or(5432);
                    match to.query_pairs().find(|(name, _)| name == "host") {
                        Some((_, folder)) => {
                            let socket = format!("{folder}/.s.PGSQL.{port}");
                            let mut server = UnixStream::connect(socket).await.unwrap();
                            copy_bidirectional(&mut client, &mut server).await
                        }
                        None => {
                            let host = to.host_str().unwrap_or("127.0.0.1");
                            let mut server = TcpStream::connect((host, port)).await.unwrap();
                            copy_bidirectional(&mut client, &mut server).await
                        }
                    }
                };
                tokio::select! {
                    _ = relayed => return,
                    _ = quiet.wait_for(|silent| *silent) => {}
                }
                let _ = silent.wait_for(|silent| !silent).await;
            });
        }
    });
    (port, silence)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_falls_silent_is_given_up_and_replaced() {
    let stage = Stage::new(2).await;
    let (relay_port, silence) = relay(stage.database.url()).await;
    let mut url = stage.database.url();
    url.set_query(None);
    url.set_username(&stage.login).unwrap();
    url.set_password(Some("a-password")).unwrap();
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(relay_port)).unwrap();
    let supabase = stage.through(&url, 2);
    let database = supabase.user_database(user(1)).unwrap();
    database.begin().await.unwrap().commit().await.unwrap();

    silence.send_replace(true);
    let began = Instant::now();
    let error = database.begin().await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );

    // Nor does one wait for the other when nothing was ever open.
    let supabase = stage.through(&url, 2);
    let began = Instant::now();
    let mut waiting = JoinSet::new();
    for _ in 0..5 {
        let database = supabase.user_database(user(1)).unwrap();
        waiting.spawn(async move { database.begin().await.map(drop) });
    }
    while let Some(done) = waiting.join_next().await {
        assert!(done.unwrap().unwrap_err().is_retryable());
    }
    assert!(
        began.elapsed() < Duration::from_secs(30),
        "{:?}",
        began.elapsed()
    );

    silence.send_replace(false);
    database.begin().await.unwrap().commit().await.unwrap();
}

/// What the killed process runs: this test binary itself, with the variable set.
const CHILD: &str = "SUPABASE_TASK_TESTS_HOLD_A_TRANSACTION";

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_leaves_nothing_behind() {
    if let Ok(given) = std::env::var(CHILD) {
        return hold(&given).await;
    }
    let stage = Stage::new(1).await;
    let mut url = stage.database.url();
    url.set_username(&stage.login).unwrap();
    url.set_password(Some("a-password")).unwrap();
    let given = json!({
        "url": stage.stack.url(),
        "key": stage.stack.publishable_key(),
        "secret": stage.stack.jwt_secret(),
        "database": url.as_str(),
    });
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "transactions::cut_off::a_process_that_is_killed_leaves_nothing_behind",
        ])
        .env(CHILD, given.to_string())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Its row is written and not committed.
    let held = async {
        while !stage
            .busy()
            .await
            .iter()
            .any(|query| query.contains("idle in transaction insert"))
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), held)
        .await
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    stage.quiet().await;
    assert_eq!(notes(&stage).await, 0);
}

async fn hold(given: &str) {
    let given: serde_json::Value = serde_json::from_str(given).unwrap();
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    let supabase = Supabase::builder()
        .url(text("url"))
        .publishable_key(text("key"))
        .jwt_secret(text("secret"))
        .database_url(text("database"))
        .build()
        .unwrap();
    let database = supabase.user_database(user(1)).unwrap();
    let mut tx = database.begin().await.unwrap();
    sqlx::query("insert into notes (body) values ('never')")
        .execute(&mut *tx)
        .await
        .unwrap();
    std::future::pending::<()>().await;
}
