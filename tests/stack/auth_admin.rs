//! Managing users, on `LocalSupabase`'s stand-in for Supabase Auth over a real `auth.users`.

use std::collections::BTreeSet;
use std::time::Duration;

use supabase_task::LocalSupabase;
use supabase_task::client::{AuthAdmin, AuthErrorCode, NewUser, UserChanges};
use supabase_task::prelude::*;
use supabase_task_tests::{start, user};

fn admin(stack: &LocalSupabase) -> AuthAdmin {
    stack.supabase().service_client().unwrap().auth_admin()
}

#[tokio::test]
async fn a_user_from_beginning_to_end() {
    let stack = start().await;
    let admin = admin(&stack);

    let ada = NewUser::new()
        .id(user(1))
        .email("Ada@Example.com")
        .password("s3cret")
        .email_confirm(true)
        .user_metadata(&json!({ "name": "Ada", "team": 1 }))
        .app_metadata(&json!({ "plan": "free" }));
    let created = admin.create_user(ada).await.unwrap();
    assert_eq!(created.id, user(1));
    assert_eq!(created.email.as_deref(), Some("ada@example.com"));
    assert!(created.email_confirmed_at.is_some() && created.confirmed_at.is_some());
    assert_eq!(created.role.as_deref(), Some("authenticated"));
    assert_eq!(created.app_metadata["provider"], "email");
    assert_eq!(created.app_metadata["plan"], "free");

    let changes = UserChanges::new()
        .phone("4791234567")
        .user_metadata(&json!({ "team": null, "city": "Oslo" }))
        .ban_duration(Duration::from_secs(90 * 60));
    let changed = admin.update_user_by_id(user(1), changes).await.unwrap();
    assert_eq!(
        serde_json::Value::from(changed.user_metadata.clone()),
        json!({ "name": "Ada", "city": "Oslo" })
    );
    assert_eq!(changed.phone.as_deref(), Some("4791234567"));
    assert!(changed.banned_until.is_some() && changed.email == created.email);
    assert_eq!(admin.get_user_by_id(user(1)).await.unwrap(), changed);
    stack
        .execute(
            "do $$ begin
               assert (select banned_until - now() between '89 min' and '90 min' from auth.users);
               assert (select encrypted_password = '' from auth.users);
             end $$",
        )
        .await
        .unwrap();
    let lifted = UserChanges::new().lift_ban();
    let lifted = admin.update_user_by_id(user(1), lifted).await.unwrap();
    assert_eq!(lifted.banned_until, None);

    admin.soft_delete_user(user(1)).await.unwrap();
    let kept = admin.get_user_by_id(user(1)).await.unwrap();
    assert!(kept.deleted_at.is_some());
    assert!(!format!("{kept:?}").contains("ada@example.com"));
    admin.delete_user(user(1)).await.unwrap();
    for error in [
        admin.get_user_by_id(user(1)).await.map(drop),
        admin.delete_user(user(1)).await,
        admin
            .update_user_by_id(user(1), UserChanges::new().phone("1"))
            .await
            .map(drop),
    ] {
        let error = error.unwrap_err();
        assert!(error.is_not_found(), "{error}");
        assert_eq!(error.auth_code(), Some(AuthErrorCode::UserNotFound));
    }
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_auth_refuses() {
    let stack = start().await;
    let admin = admin(&stack);
    let ada = || NewUser::new().email("ada@example.com").phone("1");
    admin.create_user(ada()).await.unwrap();

    let same = admin.create_user(ada().phone("2")).await.unwrap_err();
    assert!(same.is_conflict(), "{same}");
    assert_eq!(same.auth_code(), Some(AuthErrorCode::EmailExists));
    assert_eq!(same.status(), Some(422));
    let same = NewUser::new().email("bob@example.com").phone("1");
    let same = admin.create_user(same).await.unwrap_err();
    assert_eq!(same.auth_code(), Some(AuthErrorCode::PhoneExists));
    let nobody = admin.create_user(NewUser::new()).await.unwrap_err();
    assert_eq!(nobody.auth_code(), Some(AuthErrorCode::ValidationFailed));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn all_users_page_by_page() {
    let stack = start().await;
    let admin = admin(&stack);
    for n in 1..=23 {
        let user = NewUser::new().id(user(n)).email(format!("{n}@example.com"));
        admin.create_user(user).await.unwrap();
    }

    let page = admin.list_users().per_page(2).page(10).await.unwrap();
    assert_eq!((page.users.len(), page.total), (2, Some(23)));
    assert_eq!((page.next_page, page.last_page), (Some(11), Some(12)));
    assert_eq!(admin.list_users().await.unwrap().users.len(), 23);

    let mut seen = BTreeSet::new();
    let mut sizes = Vec::new();
    let mut pages = admin.list_users().per_page(2).pages();
    while let Some(page) = pages.next_page().await.unwrap() {
        sizes.push(page.users.len());
        seen.extend(page.users.into_iter().map(|user| user.id));
    }
    assert_eq!(sizes, [vec![2; 11], vec![1]].concat());
    assert_eq!(seen, (1..=23).map(user).collect());
    let beyond = admin.list_users().page(99).await.unwrap();
    assert_eq!((beyond.users.len(), beyond.next_page), (0, None));
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_user_client_reads_its_own_user() {
    let stack = start().await;
    let supabase = stack.supabase();
    let client = supabase.user_client(user(1)).unwrap();

    let error = client.get_user().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");

    let ada = NewUser::new().id(user(1)).email("ada@example.com");
    let created = admin(&stack).create_user(ada).await.unwrap();
    assert_eq!(client.get_user().await.unwrap(), created);
    stack.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_account_goes_with_its_rows() {
    let stack = start().await;
    stack
        .execute(
            "alter table public.todos add foreign key (user_id)
             references auth.users (id) on delete cascade",
        )
        .await
        .unwrap();
    let supabase = stack.supabase();
    let admin = admin(&stack);
    let ada = NewUser::new().id(user(1)).email("ada@example.com");
    admin.create_user(ada).await.unwrap();
    let client: UserClient = supabase.user_client(user(1)).unwrap();
    let todo = json!({ "user_id": user(1), "title": "a" });
    client.from("todos").insert(&todo).await.unwrap();

    admin.delete_user(user(1)).await.unwrap();

    let service = supabase.service_client().unwrap();
    let left = service.from("todos").select("id").head().await.unwrap();
    assert_eq!(left, 0);
    stack.shutdown().await.unwrap();
}
