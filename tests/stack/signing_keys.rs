//! ES256 signing keys, from the private JWK to the row.

use serde_json::Value;
use supabase_task::LocalSupabase;
use supabase_task::prelude::*;
use supabase_task_tests::{MIGRATION, signing_key, user};

use crate::tasks::{AddTodo, As, add_todo, claims, list_todos};

fn with_key(stack: &LocalSupabase, jwk: &str) -> Supabase {
    Supabase::builder()
        .url(stack.url())
        .publishable_key(stack.publishable_key())
        .jwt_signing_key(jwk)
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_task_runs_with_a_token_signed_by_a_signing_key() {
    let (private, public) = signing_key("current");
    let stack = LocalSupabase::builder()
        .sql(MIGRATION)
        .jwks(public)
        .start()
        .await
        .unwrap();
    let supabase = with_key(&stack, &private);

    let payload = AddTodo {
        user_id: user(1),
        owner_id: user(1),
        title: "signed".to_owned(),
    };
    add_todo::run(&supabase, payload).await.unwrap();

    let rows = list_todos::run(&supabase, As { user_id: user(1) })
        .await
        .unwrap();
    assert_eq!(rows.len(), 1);
    let claims: Value = claims::run(&supabase, As { user_id: user(1) })
        .await
        .unwrap();
    assert_eq!(claims["role"], "authenticated");
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_key_the_project_does_not_know_is_refused_for_good() {
    let (_, public) = signing_key("current");
    let (stranger, _) = signing_key("current");
    let stack = LocalSupabase::builder()
        .sql(MIGRATION)
        .jwks(public)
        .start()
        .await
        .unwrap();

    let error = list_todos::run(&with_key(&stack, &stranger), As { user_id: user(1) })
        .await
        .unwrap_err();

    assert!(error.is_abort(), "{error}");
    assert!(error.client_error().unwrap().is_unauthorized(), "{error}");
    stack.shutdown().await.unwrap();
}
