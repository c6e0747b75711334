//! A schema that changes while the API runs on many connections.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use supabase_task::LocalSupabase;
use tokio::task::JoinSet;

use crate::start;

/// The responses to so many simultaneous requests that every connection serves some of them.
async fn on_every_connection(stack: &LocalSupabase, path: &str) -> Vec<(StatusCode, Value)> {
    let client = Client::new();
    let mut requests = JoinSet::new();
    for _ in 0..40 {
        let request = client
            .get(format!("{}/rest/v1/{path}", stack.url()))
            .header("apikey", stack.secret_key());
        requests.spawn(async move {
            let response = request.send().await.unwrap();
            let (status, body) = (response.status(), response.bytes().await.unwrap());
            (status, serde_json::from_slice(&body).unwrap())
        });
    }
    requests.join_all().await
}

/// A connection that kept its prepared statements would refuse the first path ("cached plan must not
/// change result type") and read the text of the second one as an integer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_follows_a_column_that_changes_its_type() {
    let (_database, stack) = start().await;
    stack
        .execute(
            "create table codes (code int); insert into codes values (1);
             create function codes_now() returns setof codes language sql stable as
               $$ select * from codes $$;",
        )
        .await
        .unwrap();
    for (change, code) in [
        ("select 1", json!(1)),
        (
            "alter table codes alter code type text using 'p'",
            json!("p"),
        ),
        (
            "drop function codes_now(); drop table codes; create table codes (code boolean);
             insert into codes values (true);
             create function codes_now() returns setof codes language sql stable as
               $$ select * from codes $$;",
            json!(true),
        ),
    ] {
        stack.execute(change).await.unwrap();
        for path in ["codes", "rpc/codes_now"] {
            let expected = (StatusCode::OK, json!([{ "code": code }]));
            for answer in on_every_connection(&stack, path).await {
                assert_eq!(answer, expected, "{path} after `{change}`");
            }
        }
    }
    stack.shutdown().await.unwrap();
}
