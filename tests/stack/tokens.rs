//! Tokens that must not work, as an attacker or a wrong guide would send them.

use serde_json::{Value, json};
use supabase_task::LocalSupabase;
use supabase_task_tests::{hs256, signing_key, start, unsigned, user};

const OTHER_SECRET: &str = "another-secret-of-at-least-thirty-two-characters";

fn claims(role: &str) -> Value {
    json!({
        "sub": user(1), "role": role, "aud": "authenticated",
        "exp": jsonwebtoken::get_current_timestamp() + 3600,
    })
}

async fn with_rows() -> LocalSupabase {
    let stack = start().await;
    let (first, second) = (user(1), user(2));
    stack
        .execute(format!(
            "insert into todos (user_id, title) values \
             ('{first}', 'a'), ('{first}', 'b'), ('{second}', 'c')"
        ))
        .await
        .unwrap();
    stack
}

/// Status and body of a read with this bearer token.
async fn read(stack: &LocalSupabase, token: &str) -> (u16, Value) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = http
        .get(format!("{}/rest/v1/todos?select=title", stack.url()))
        .header("apikey", stack.publishable_key())
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

#[tokio::test]
async fn a_right_token_reads_its_users_rows() {
    let stack = with_rows().await;
    let (status, rows) = read(&stack, &hs256(&claims("authenticated"), stack.jwt_secret())).await;
    assert_eq!(
        (status, rows),
        (200, json!([{ "title": "a" }, { "title": "b" }]))
    );
}

/// Shows why a token needs a `role`: without one, the request runs as `anon`, with no visible
/// error.
#[tokio::test]
async fn a_token_with_only_sub_silently_reads_nothing() {
    let stack = with_rows().await;
    let only_sub = json!({ "sub": user(1), "exp": jsonwebtoken::get_current_timestamp() + 3600 });
    let (status, rows) = read(&stack, &hs256(&only_sub, stack.jwt_secret())).await;
    assert_eq!((status, rows), (200, json!([])));
}

#[tokio::test]
async fn a_token_signed_with_another_secret_is_refused() {
    let stack = with_rows().await;
    for role in ["authenticated", "service_role"] {
        let (status, body) = read(&stack, &hs256(&claims(role), OTHER_SECRET)).await;
        assert_eq!((status, &body["code"]), (401, &json!("PGRST301")), "{body}");
    }
}

#[tokio::test]
async fn a_token_with_changed_claims_is_refused() {
    let stack = with_rows().await;
    let good = hs256(&claims("authenticated"), stack.jwt_secret());
    let forged = hs256(&claims("service_role"), OTHER_SECRET);
    let signature = good.rsplit('.').next().unwrap();
    let (content, _) = forged.rsplit_once('.').unwrap();
    let (status, body) = read(&stack, &format!("{content}.{signature}")).await;
    assert_eq!(status, 401, "{body}");
}

#[tokio::test]
async fn an_unsigned_token_is_refused() {
    let stack = with_rows().await;
    let (status, body) = read(&stack, &unsigned(&claims("service_role"))).await;
    assert_eq!(status, 401, "{body}");
}

#[tokio::test]
async fn an_expired_token_is_refused_as_expired() {
    let stack = with_rows().await;
    let mut expired = claims("authenticated");
    expired["exp"] = (jsonwebtoken::get_current_timestamp() - 120).into();
    let (status, body) = read(&stack, &hs256(&expired, stack.jwt_secret())).await;
    assert_eq!(
        (status, &body["message"]),
        (401, &json!("JWT expired")),
        "{body}"
    );
}

/// A public key must not become an HMAC secret.
#[tokio::test]
async fn a_token_signed_with_the_public_key_as_secret_is_refused() {
    let (_, jwks) = signing_key("key-1");
    let stack = LocalSupabase::builder()
        .sql(supabase_task_tests::MIGRATION)
        .jwks(jwks.clone())
        .start()
        .await
        .unwrap();
    let (status, body) = read(&stack, &hs256(&claims("service_role"), &jwks)).await;
    assert_eq!(status, 401, "{body}");
}
