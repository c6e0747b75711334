//! A success status with a body that the service cannot have sent, such as the page of a proxy in front of a
//! project. The requested operation was not done then.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::json;

use super::ServiceClient;
use super::error::{ClientError, ClientErrorKind};
use super::postgrest::Explain;
use super::test_support::{Answer, TestServer, user_id};
use crate::Supabase;

type Call = fn(Arc<ServiceClient>) -> BoxFuture<'static, Result<(), ClientError>>;

macro_rules! calls {
    ($($name:literal: |$supabase:ident| $call:expr;)+) => {
        [$((
            $name,
            (|$supabase: Arc<ServiceClient>| Box::pin(async move { $call })) as Call,
        )),+]
    };
}

/// The calls that do not need the content of their responses.
fn calls() -> impl IntoIterator<Item = (&'static str, Call)> {
    calls! {
        "insert": |s| s.from("t").insert(json!({ "a": 1 })).await;
        "upsert": |s| s.from("t").upsert(json!({ "a": 1 })).await;
        "update": |s| s.from("t").update(json!({ "a": 1 })).eq("id", 1).await;
        "delete": |s| s.from("t").delete().eq("id", 1).await;
        "rpc": |s| s.rpc("f", ()).await;
        "rpc by GET": |s| s.rpc("f", ()).get().await;
        "delete a user": |s| s.auth_admin().delete_user(user_id()).await;
        "soft-delete a user": |s| s.auth_admin().soft_delete_user(user_id()).await;
        "sign out": |s| s.auth_admin().sign_out(&"jwt".into(), super::SignOutScope::Global).await;
        "delete a factor": |s| s.auth_admin().delete_factor(user_id(), "f").await;
        "create a bucket": |s| s.storage().create_bucket("b").await;
        "update a bucket": |s| s.storage().update_bucket("b").await;
        "empty a bucket": |s| s.storage().empty_bucket("b").await;
        "delete a bucket": |s| s.storage().delete_bucket("b").await;
    }
}

/// The calls that expect text other than JSON, or return how many rows were written.
fn others() -> impl IntoIterator<Item = (&'static str, Call)> {
    calls! {
        "affected rows": |s| s.from("t").delete().eq("id", 1).affected_rows().await.map(drop);
        "csv": |s| s.from("t").select("*").csv().await.map(drop);
        "explain": |s| s.from("t").select("*").explain(Explain::new()).await.map(drop);
    }
}

async fn outcome(call: Call, answer: Answer) -> Result<(), ClientError> {
    let server = TestServer::start([answer]).await;
    let supabase = Supabase::builder()
        .url(server.url.as_str())
        .publishable_key("sb_publishable_test_test_test_test")
        .secret_key("sb_secret_test_test_test_test_test")
        .build()
        .unwrap();
    let outcome = call(Arc::new(supabase.service_client().unwrap())).await;
    assert_eq!(server.requests().len(), 1);
    outcome
}

#[tokio::test]
async fn a_page_is_no_success() {
    let html = "Content-Type: text/html; charset=utf-8\r\nContent-Range: */1\r\n";
    let page = b"<!doctype html><title>Just a moment... apikey: sb_secret_test_test_test_test_test</title>";
    for (name, call) in calls().into_iter().chain(others()) {
        let error = outcome(call, Answer::with_headers("200 OK", html, page)).await;
        let error = error.expect_err(name);
        assert_eq!(error.kind(), ClientErrorKind::Decode, "{name}: {error}");
        assert_eq!(error.status(), Some(200));
        assert!(!error.is_retryable(), "{name}");
        let text = error.to_string();
        assert!(!text.contains("sb_secret"), "{text}");
        assert!(
            text.contains("HTML") && text.contains("Just a moment..."),
            "{text}"
        );
    }
}

#[tokio::test]
async fn text_that_is_no_json_is_no_success() {
    let plain = "Content-Type: text/plain\r\n";
    for (name, call) in calls() {
        for body in ["OK", "{\"cut\": ", "{} {}", "\u{feff}"] {
            let answer = Answer::with_headers("200 OK", plain, body.as_bytes());
            let error = outcome(call, answer).await.expect_err(name);
            assert_eq!(error.kind(), ClientErrorKind::Decode, "{name}: {error}");
            assert!(
                error
                    .message()
                    .ends_with("it is unknown whether the operation was done"),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn no_body_or_json_is_a_success() {
    for (name, call) in calls() {
        for (status, body) in [
            ("200 OK", ""),
            ("200 OK", " \n"),
            ("200 OK", "null"),
            ("201 Created", "{\"message\":\"done\"}"),
            ("200 OK", "[1, 2]\n"),
        ] {
            let answer = Answer::with_headers(status, "", body.as_bytes());
            if let Err(error) = outcome(call, answer).await {
                panic!("{name} with {body:?}: {error}");
            }
        }
    }
}
