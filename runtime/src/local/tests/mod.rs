//! A real stack, queried over plain HTTP.

mod answers;
mod embedded;
mod identities;
mod lifecycle;
mod migrations;
mod postgrest;
mod rest;
mod rls;
mod stand_ins;
mod tokens;

use std::time::{SystemTime, UNIX_EPOCH};

use jsonwebtoken::{EncodingKey, Header};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::LocalSupabase;

const ALICE: &str = "11111111-1111-4111-8111-111111111111";
const BOB: &str = "22222222-2222-4222-8222-222222222222";

/// A table with Row Level Security, one row for each user, and a function that returns its caller.
const TODOS: &str = "
    create table todos (
      id bigint generated always as identity primary key,
      user_id uuid not null references auth.users (id),
      title text not null
    );
    alter table todos enable row level security;
    create policy own on todos to authenticated
      using (user_id = auth.uid()) with check (user_id = auth.uid());
    create function whoami() returns jsonb language sql stable as $$
      select jsonb_build_object('role', current_user, 'session', session_user,
        'auth_role', auth.role(), 'uid', auth.uid(), 'exp', auth.jwt() -> 'exp')
    $$;
    insert into auth.users (id, email) values
      ('11111111-1111-4111-8111-111111111111', 'alice@example.com'),
      ('22222222-2222-4222-8222-222222222222', 'bob@example.com');
    insert into todos (user_id, title) values
      ('11111111-1111-4111-8111-111111111111', 'hers'),
      ('22222222-2222-4222-8222-222222222222', 'his');";

async fn todos() -> LocalSupabase {
    LocalSupabase::builder().sql(TODOS).start().await.unwrap()
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn sign(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::encode(&Header::default(), claims, &key).unwrap()
}

/// A signed-in user's token, as Supabase Auth signs it.
fn user_token(stack: &LocalSupabase, user: &str) -> String {
    let claims = json!({
        "sub": user, "role": "authenticated", "aud": "authenticated",
        "iat": now(), "exp": now() + 3600,
    });
    sign(stack.jwt_secret(), &claims)
}

fn request(stack: &LocalSupabase, method: Method, path: &str, key: &str) -> RequestBuilder {
    reqwest::Client::new()
        .request(method, format!("{}{path}", stack.url()))
        .header("apikey", key)
}

async fn send(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    (
        status,
        serde_json::from_str(&text).unwrap_or(Value::String(text)),
    )
}

async fn get(stack: &LocalSupabase, path: &str, key: &str, token: &str) -> (StatusCode, Value) {
    send(request(stack, Method::GET, path, key).bearer_auth(token)).await
}

async fn get_as(stack: &LocalSupabase, path: &str, user: &str) -> (StatusCode, Value) {
    get(
        stack,
        path,
        stack.publishable_key(),
        &user_token(stack, user),
    )
    .await
}

async fn post(stack: &LocalSupabase, path: &str, token: &str, body: &Value) -> (StatusCode, Value) {
    let request = request(stack, Method::POST, path, stack.publishable_key())
        .bearer_auth(token)
        .header("content-type", "application/json")
        .body(body.to_string());
    send(request).await
}
