//! No secret is stored or logged.

use base64::Engine as _;
use secrecy::ExposeSecret;
use sqlx::AssertSqlSafe;
use supabase_task::prelude::*;
use supabase_task::{Supabase, Worker};
use supabase_task_tests::{Logs, user};

use crate::stage::{Stage, until};
use crate::tasks::{As, as_user, note};

#[tokio::test]
async fn no_key_and_no_token_is_in_the_tables_or_the_logs() {
    let (logs, _captures) = Logs::capture_here();
    let stage = Stage::new().await;
    let marker = |name: &str| format!("oysterkey-{name}-of-at-least-thirty-two-characters");
    let secret_key = format!("sb_secret_{}", marker("secret").replace('-', "_"));
    let publishable_key = format!("sb_publishable_{}", marker("public").replace('-', "_"));
    let supabase = Supabase::builder()
        .url("http://127.0.0.1:9")
        .publishable_key(publishable_key.as_str())
        .secret_key(secret_key.as_str())
        .jwt_secret(marker("jwt"))
        .build()
        .unwrap()
        .with_state(stage.pool.clone());
    let token = supabase
        .user_client(user(1))
        .unwrap()
        .access_token()
        .unwrap();
    let token = token.expose_secret().to_owned();

    let worker = Worker::new(&stage.queue, &supabase).start().unwrap();
    let payload = || As {
        user_id: user(1),
        text: "seen-in-the-dump".to_owned(),
    };
    let own = as_user::trigger(&stage.queue, payload()).await.unwrap();
    own.wait().await.unwrap();
    note::trigger(&stage.queue, 1)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    let delayed = as_user::trigger(&stage.queue, payload())
        .delay(std::time::Duration::from_secs(3_600))
        .await
        .unwrap();
    until("the worker's row is there", || async {
        let rows: i64 = stage
            .scalar("select count(*) from supabase_task.workers")
            .await;
        (rows > 0).then_some(())
    })
    .await;

    let mut texts = vec![("the logs".to_owned(), logs.text())];
    texts.extend(dump(&stage).await);
    worker.shutdown().await.unwrap();
    drop(delayed);
    texts.push(("the logs at the end".to_owned(), logs.text()));

    // Checks that the dump contains what it should.
    let runs = &texts
        .iter()
        .find(|(name, _)| name == "supabase_task.runs")
        .unwrap()
        .1;
    assert!(runs.contains("seen-in-the-dump"), "{runs}");
    assert!(texts[0].1.contains("DEBUG"), "not captured: {}", texts[0].1);
    assert!(texts[0].1.contains("the worker starts"));
    let password = url::Url::parse(&stage.url)
        .unwrap()
        .password()
        .unwrap()
        .to_owned();
    let jwt_start = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode("{\"");
    for (name, text) in &texts {
        for secret in [
            secret_key.as_str(),
            publishable_key.as_str(),
            &marker("jwt"),
            &token,
            "oysterkey",
            &password,
            // Every token in this format starts like this.
            &jwt_start[..3],
        ] {
            let found = text.lines().find(|line| line.contains(secret));
            assert!(found.is_none(), "`{secret}` is in {name}: {found:?}");
        }
    }
}

/// Every table of both schemas, as text.
async fn dump(stage: &Stage) -> Vec<(String, String)> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select oid::regclass::text from pg_class where relkind = 'r'
         and relnamespace in ('supabase_task'::regnamespace, 'supabase_task_jobs'::regnamespace)",
    )
    .fetch_all(&stage.pool)
    .await
    .unwrap();
    let mut dumped = Vec::new();
    for table in tables {
        let rows = format!("select coalesce(string_agg(t::text, E'\\n'), '') from {table} t");
        let text: String = sqlx::query_scalar(AssertSqlSafe(rows))
            .fetch_one(&stage.pool)
            .await
            .unwrap();
        dumped.push((table, text));
    }
    assert!(dumped.len() > 8, "{dumped:?}");
    dumped
}
