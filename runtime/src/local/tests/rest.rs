//! The rows that each identity sees through the API, and the requests that the gateway accepts.

use super::*;

const TITLES: &str = "/rest/v1/todos?select=title&order=id";

#[tokio::test]
async fn row_level_security_applies_to_each_identity() {
    let stack = todos().await;
    let (alice, bob) = (json!([{ "title": "hers" }]), json!([{ "title": "his" }]));
    let both = json!([{ "title": "hers" }, { "title": "his" }]);
    assert_eq!(get_as(&stack, TITLES, ALICE).await, (StatusCode::OK, alice));
    assert_eq!(get_as(&stack, TITLES, BOB).await, (StatusCode::OK, bob));
    for (key, expected) in [
        (stack.publishable_key(), json!([])),
        (stack.anon_key(), json!([])),
        (stack.secret_key(), both.clone()),
        (stack.service_role_key(), both),
    ] {
        // With the key as the bearer, as supabase-js sends it, and without one.
        assert_eq!(
            get(&stack, TITLES, key, key).await,
            (StatusCode::OK, expected.clone())
        );
        let keyed = request(&stack, Method::GET, TITLES, key);
        assert_eq!(send(keyed).await, (StatusCode::OK, expected));
    }
}

#[tokio::test]
async fn a_refused_row_is_403_for_a_user_and_401_for_anon() {
    let stack = todos().await;
    let row = json!({ "user_id": BOB, "title": "not hers" });
    let (status, error) = post(&stack, "/rest/v1/todos", &user_token(&stack, ALICE), &row).await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::FORBIDDEN, &json!("42501")),
        "{error}"
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("row-level security"),
        "{error}"
    );
    let (status, error) = post(&stack, "/rest/v1/todos", stack.anon_key(), &row).await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::UNAUTHORIZED, &json!("42501")),
        "{error}"
    );
}

#[tokio::test]
async fn a_request_needs_a_key_of_this_stack() {
    let (stack, other) = tokio::join!(todos(), todos());
    let url = format!("{}{TITLES}", stack.url());
    let (status, error) = send(reqwest::Client::new().get(url)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(error["message"], "No API key found in request");
    for wrong in [
        "sb_publishable_x",
        other.publishable_key(),
        &user_token(&stack, ALICE),
    ] {
        let (status, error) = send(request(&stack, Method::GET, TITLES, wrong)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(error["message"], "Invalid API key");
    }
}

#[tokio::test]
async fn a_secret_key_as_the_bearer_gives_no_more_than_the_apikey() {
    let stack = todos().await;
    let found = get(&stack, TITLES, stack.publishable_key(), stack.secret_key()).await;
    assert_eq!(found, (StatusCode::OK, json!([])));
}

#[tokio::test]
async fn a_user_is_read_by_the_service_role_alone() {
    let stack = todos().await;
    let path = format!("/auth/v1/admin/users/{ALICE}");
    for key in [stack.secret_key(), stack.service_role_key()] {
        let (status, user) = get(&stack, &path, key, key).await;
        assert_eq!(
            (status, &user["email"]),
            (StatusCode::OK, &json!("alice@example.com"))
        );
        assert_eq!(
            (&user["id"], &user["user_metadata"]),
            (&json!(ALICE), &json!({}))
        );
        assert!(user["created_at"].is_string(), "{user}");
    }
    let versioned = |path: &str, key: &str, token: &str| {
        let request = request(&stack, Method::GET, path, key).bearer_auth(token);
        send(request.header("x-supabase-api-version", "2024-01-01"))
    };
    let key = stack.publishable_key();
    for token in [key, &user_token(&stack, ALICE)] {
        let refused = json!({ "code": "not_admin", "message": "User not allowed" });
        assert_eq!(
            versioned(&path, key, token).await,
            (StatusCode::FORBIDDEN, refused)
        );
    }
    let (status, error) = versioned(&path, key, &sign(&"x".repeat(32), &json!({}))).await;
    assert_eq!(
        (status, &error["code"]),
        (StatusCode::FORBIDDEN, &json!("bad_jwt"))
    );
    let key = stack.secret_key();
    let nobody = format!("/auth/v1/admin/users/{}", ALICE.replace('1', "3"));
    let missing = json!({ "code": "user_not_found", "message": "User not found" });
    assert_eq!(
        versioned(&nobody, key, key).await,
        (StatusCode::NOT_FOUND, missing)
    );
    let missing = json!({ "code": 404, "error_code": "user_not_found", "msg": "User not found" });
    assert_eq!(
        get(&stack, &nobody, key, key).await,
        (StatusCode::NOT_FOUND, missing)
    );
}

#[tokio::test]
async fn a_service_the_stack_has_not_says_so() {
    let stack = todos().await;
    let found = send(request(
        &stack,
        Method::GET,
        "/storage/v1/bucket",
        stack.secret_key(),
    ))
    .await;
    let message = json!({ "message": "LocalSupabase has no Storage" });
    assert_eq!(found, (StatusCode::NOT_IMPLEMENTED, message));
}

/// As digits, because a comparison as numbers would take 1.1000 for 1.10.
#[tokio::test]
async fn numbers_are_written_as_postgresql_writes_them() {
    let numbers = "create table numbers (n numeric(10, 2), r real, f float8, d numeric);
                   insert into numbers values (1.10, 1.1, 1, 'NaN'), (null, null, 0.1, 1e-6);";
    let stack = LocalSupabase::builder().sql(numbers).start().await.unwrap();
    let key = stack.secret_key();
    for (select, expected) in [
        (
            "n,r,f,d",
            r#"[{"d":"NaN","f":1,"n":1.10,"r":1.1},{"d":0.000001,"f":0.1,"n":null,"r":null}]"#,
        ),
        ("n:n::text", r#"[{"n":"1.10"},{"n":null}]"#),
        ("n:n::int", r#"[{"n":1},{"n":null}]"#),
    ] {
        let path = format!("/rest/v1/numbers?select={select}");
        let found = send(request(&stack, Method::GET, &path, key)).await;
        assert_eq!(
            (found.0, found.1.to_string().as_str()),
            (StatusCode::OK, expected)
        );
    }
    let row = json!({ "r": 2.3 });
    let insert = request(&stack, Method::POST, "/rest/v1/numbers?select=r", key)
        .header("content-type", "application/json")
        .header("prefer", "return=representation")
        .body(row.to_string());
    assert_eq!(send(insert).await, (StatusCode::CREATED, json!([row])));
}
