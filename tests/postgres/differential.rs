//! The embedded PostgreSQL and a real one answer the same requests alike, so tests on the first
//! also hold for the second.

mod requests;

use reqwest::header::{ACCEPT, CONTENT_RANGE};
use serde_json::{Value, json};
use supabase_task::{LocalPostgres, LocalSupabase};
use supabase_task_tests::{TestDatabase, hs256, user};

use requests::{Identity, Request, requests};

const SCHEMA: &str = include_str!("differential/schema.sql");

/// The part of a response that is compared.
#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    content_range: Option<String>,
    body: Value,
}

/// One test, in the order of the list, because requests see what earlier ones have written.
#[tokio::test]
async fn every_answer_is_the_same_on_both() {
    let database = TestDatabase::create().await;
    let embedded = LocalSupabase::builder()
        .postgres(LocalPostgres::Embedded)
        .sql(SCHEMA)
        .start()
        .await
        .unwrap();
    let given = LocalSupabase::builder()
        .sql(SCHEMA)
        .database_url(database.url().as_str())
        .start()
        .await
        .unwrap();
    let client = reqwest::Client::new();

    let mut differences = String::new();
    for request in requests() {
        let on_embedded = send(&client, &embedded, &request).await;
        let on_given = send(&client, &given, &request).await;
        if on_embedded != on_given || on_given.status != request.status {
            differences +=
                &format!("\n{request:?}\n  embedded: {on_embedded:?}\n  given:    {on_given:?}\n");
        }
    }
    assert!(differences.is_empty(), "{differences}");
    embedded.shutdown().await.unwrap();
    given.shutdown().await.unwrap();
}

async fn send(client: &reqwest::Client, stack: &LocalSupabase, request: &Request) -> Answer {
    let url = format!("{}/rest/v1{}", stack.url(), request.path);
    let mut sent = client.request(request.method.clone(), url);
    sent = match request.identity {
        Identity::Service => sent.header("apikey", stack.secret_key()),
        Identity::Anon => sent.header("apikey", stack.publishable_key()),
        Identity::User => sent
            .header("apikey", stack.publishable_key())
            .bearer_auth(token(stack)),
    };
    for (name, value) in [
        ("prefer", request.prefer),
        (ACCEPT.as_str(), request.accept),
    ] {
        if let Some(value) = value {
            sent = sent.header(name, value);
        }
    }
    if let Some(body) = &request.body {
        let json = "application/json";
        sent = sent.header("content-type", json).body(body.to_string());
    }
    let response = sent.send().await.unwrap();
    let status = response.status().as_u16();
    let content_range = response.headers().get(CONTENT_RANGE);
    let content_range = content_range.map(|range| range.to_str().unwrap().to_owned());
    let body = response.text().await.unwrap();
    Answer {
        status,
        content_range,
        body: serde_json::from_str(&body).unwrap_or(Value::String(body)),
    }
}

/// The token of `user(1)`.
fn token(stack: &LocalSupabase) -> String {
    let claims = json!({
        "sub": user(1), "role": "authenticated",
        "exp": jsonwebtoken::get_current_timestamp() + 600,
    });
    hs256(&claims, stack.jwt_secret())
}
