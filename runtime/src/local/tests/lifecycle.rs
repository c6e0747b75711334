//! Starting, setting up, stopping.

use std::net::TcpStream;
use std::time::Duration;

use super::*;
use crate::local::LocalError;

const TITLES: &str = "/rest/v1/todos?select=title&order=id";

fn answers(url: &str) -> bool {
    TcpStream::connect(url.trim_start_matches("http://")).is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stacks_side_by_side_share_nothing() {
    let (one, two) = tokio::join!(todos(), todos());
    one.execute("delete from todos").await.unwrap();
    let key = two.secret_key();
    assert_eq!(
        get(&two, TITLES, key, key)
            .await
            .1
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let key = one.secret_key();
    assert_eq!(get(&one, TITLES, key, key).await.1, json!([]));
    assert_ne!(one.secret_key(), two.secret_key());
    one.shutdown().await.unwrap();
    assert_eq!(get_as(&two, TITLES, ALICE).await.0, StatusCode::OK);
    two.shutdown().await.unwrap();
}

#[tokio::test]
async fn execute_is_the_owners_and_nobody_elses() {
    let stack = todos().await;
    stack
        .execute(
            "set search_path to auth;
             create table public.notes (id int); insert into public.notes values (1);",
        )
        .await
        .unwrap();
    // The API knows the table, and a refused statement leaves nothing behind.
    let error = stack
        .execute("insert into notes values (2); selekt 1")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "execute:1:31: syntax error at or near \"selekt\" (SQLSTATE 42601); statement: selekt 1"
    );
    let error = stack
        .execute("begin; insert into notes values (3); select 1/0")
        .await
        .unwrap_err();
    let LocalError::Sql(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.code, "22012");
    let notes = get_as(&stack, "/rest/v1/notes", ALICE).await;
    assert_eq!(notes, (StatusCode::OK, json!([{ "id": 1 }])));

    // After it, requests run as before: as the API's roles, from the API's login.
    let (_, who) = get_as(&stack, "/rest/v1/rpc/whoami", ALICE).await;
    assert_eq!(who["role"], "authenticated");
    assert_eq!(who["session"], "authenticator");
    assert_eq!(
        get_as(&stack, TITLES, ALICE).await.1,
        json!([{ "title": "hers" }])
    );

    // Nothing in the API runs SQL, not even for the service role.
    for name in ["execute", "exec", "query"] {
        let path = format!("/rest/v1/rpc/{name}");
        let body = json!({ "sql": "select 1" });
        for token in [&user_token(&stack, ALICE), stack.service_role_key()] {
            let (status, error) = post(&stack, &path, token, &body).await;
            assert_eq!(
                (status, &error["code"]),
                (StatusCode::NOT_FOUND, &json!("PGRST202"))
            );
        }
    }
}

#[tokio::test]
async fn a_dropped_execute_leaves_the_api_its_own_role() {
    let stack = todos().await;
    let execute = stack.execute("select pg_sleep(0.2)");
    assert!(
        tokio::time::timeout(Duration::from_millis(50), execute)
            .await
            .is_err()
    );
    let (_, who) = get_as(&stack, "/rest/v1/rpc/whoami", ALICE).await;
    assert_eq!(
        (&who["role"], &who["session"]),
        (&json!("authenticated"), &json!("authenticator"))
    );
}

#[tokio::test]
async fn shutdown_and_drop_close_the_port() {
    let stack = todos().await;
    let url = stack.url().to_owned();
    assert!(answers(&url));
    // A client that keeps its connection open does not hold up the shutdown.
    let client = reqwest::Client::new();
    client
        .get(&url)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    stack.shutdown().await.unwrap();
    assert!(!answers(&url));
    drop(client);

    let stack = todos().await;
    let url = stack.url().to_owned();
    drop(stack);
    assert!(!answers(&url));
}

#[test]
fn a_stack_outlives_the_runtime_that_started_it() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let stack = runtime().block_on(todos());
    let (status, _) = runtime().block_on(get_as(&stack, TITLES, ALICE));
    assert_eq!(status, StatusCode::OK);
    drop(stack);
}

#[tokio::test]
async fn the_keys_and_the_secret_are_in_no_debug() {
    let stack = todos().await;
    let shown = format!("{stack:?}");
    assert!(shown.contains(stack.url()), "{shown}");
    for secret in [
        stack.secret_key(),
        stack.service_role_key(),
        stack.jwt_secret(),
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
    let builder = LocalSupabase::builder()
        .jwt_secret("hunter2")
        .database_url("postgresql://me:hunter2@localhost/db");
    assert!(!format!("{builder:?}").contains("hunter2"));
    let error = builder.start().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
