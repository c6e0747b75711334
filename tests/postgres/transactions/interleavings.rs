//! Transactions that end in every way, in any order.

use std::time::Duration;

use sqlx::{Connection, PgConnection, raw_sql};
use supabase_task::{Supabase, UserId};
use supabase_task_tests::user;
use tokio::task::JoinSet;

use super::{Random, Stage};

const WORKERS: u64 = 8;
const ROUNDS: u64 = 1250;

/// Asserts that a transaction that has just begun is this user's.
async fn assert_is_of(connection: &mut PgConnection, user: UserId, what: &str) {
    let (role, uid, path): (String, uuid::Uuid, String) =
        sqlx::query_as("select current_user::text, auth.uid(), current_setting('search_path')")
            .fetch_one(connection)
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
    let expected = (
        "authenticated".to_owned(),
        *user.as_uuid(),
        "public, extensions".to_owned(),
    );
    assert_eq!((role, uid, path), expected, "{what}");
}

/// Asserts that nothing of a transaction is left in its session, after it.
async fn assert_is_clean(connection: &mut PgConnection, login: &str, what: &str) {
    let (role, claims, path): (String, Option<String>, String) = sqlx::query_as(
        "select current_user::text, current_setting('request.jwt.claims', true), \
         current_setting('search_path')",
    )
    .fetch_one(connection)
    .await
    .unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(role, login, "{what}");
    assert_eq!(claims.unwrap_or_default(), "", "{what}");
    assert_eq!(path, "\"$user\", public", "{what}");
}

async fn one(supabase: &Supabase, login: &str, random: &mut Random, what: &str) {
    let user = user(random.below(20) as u32);
    let database = supabase.user_database(user).unwrap();
    let begin = database.begin();
    if random.below(8) == 0 {
        // Cancelled somewhere on its way.
        let wait = Duration::from_micros(random.below(1500));
        if let Ok(begun) = tokio::time::timeout(wait, begin).await {
            assert_is_of(&mut begun.unwrap(), user, what).await;
        }
        return;
    }
    let mut tx = begin
        .await
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_is_of(&mut tx, user, what).await;
    // What SQL can leave in a session.
    let mess = [
        "select 1",
        "set search_path = nowhere",
        "set role authenticated",
        "select set_config('request.jwt.claims', '{\"sub\": \"5f0c8f0e-9a3c-4a52-8d8e-00000000ffff\"}', false)",
        "select pg_advisory_lock(7)",
        "create temporary table if not exists notes (id int)",
        "select 1/0",
        "listen nothing",
    ];
    let mess = mess[random.below(mess.len() as u64) as usize];
    // Division by zero aborts; the lock may be another's.
    let messed = raw_sql(mess).execute(&mut *tx);
    let _ = tokio::time::timeout(Duration::from_millis(50), messed).await;
    match random.below(6) {
        0 | 1 => drop(tx.commit().await),
        2 => tx
            .rollback()
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}")),
        3 => drop(tx),
        4 => {
            let panicked = tokio::spawn(async move {
                let _tx = tx;
                tokio::task::yield_now().await;
                std::panic::resume_unwind(Box::new("on purpose"));
            });
            assert!(panicked.await.is_err());
        }
        _ => {
            // The session itself, after the end of the transaction.
            tx.rollback()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            let mut tx = database
                .begin()
                .await
                .unwrap_or_else(|error| panic!("{what}: {error}"));
            raw_sql("rollback").execute(&mut *tx).await.unwrap();
            assert_is_clean(&mut tx, login, what).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_role_and_no_claim_outlives_a_transaction() {
    let stage = Stage::new(5).await;
    let mut workers = JoinSet::new();
    for seed in 1..=WORKERS {
        let (supabase, login) = (stage.supabase.clone(), stage.login.clone());
        workers.spawn(async move {
            let mut random = Random(seed);
            for round in 0..ROUNDS {
                let what = format!("seed {seed}, round {round}");
                one(&supabase, &login, &mut random, &what).await;
            }
        });
    }
    while let Some(done) = workers.join_next().await {
        done.unwrap();
    }
    stage.quiet().await;
    // All connections are there again.
    let database = stage.supabase.user_database(user(1)).unwrap();
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(database.begin().await.unwrap());
    }
    for tx in &mut open {
        assert_is_of(tx, user(1), "in the end").await;
        tx.ping().await.unwrap();
    }
}
