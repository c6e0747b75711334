//! Clients of each identity, and users for them.

use super::*;
use crate::local::LocalError;

#[tokio::test]
async fn each_identity_sees_what_it_may_see() {
    let stack = todos().await;
    let carol = stack.create_user("Carol@Example.com").await.unwrap();
    let row = json!({ "user_id": carol, "title": "carol's" });
    let as_carol = stack.as_user(carol).unwrap();
    as_carol.from("todos").insert(&row).await.unwrap();

    let seen = as_carol.from("todos").select("*").head().await.unwrap();
    assert_eq!(seen, 1);
    let visitor = stack.as_anon().unwrap();
    assert_eq!(visitor.from("todos").select("*").head().await.unwrap(), 0);
    let service = stack.as_service().unwrap();
    assert_eq!(service.from("todos").select("*").head().await.unwrap(), 3);
    let admin = service.auth_admin();
    let user = admin.get_user_by_id(carol).await.unwrap();
    assert_eq!(user.email.as_deref(), Some("carol@example.com"));
    assert!(user.email_confirmed_at.is_some());
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_email_belongs_to_one_user() {
    let stack = todos().await;
    let error = stack.create_user("alice@example.com").await.unwrap_err();
    let LocalError::Sql(error) = error else {
        panic!("{error}");
    };
    assert_eq!((&*error.code, &*error.origin), ("23505", "create_user"));
    stack.shutdown().await.unwrap();
}
