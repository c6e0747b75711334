//! Which credentials each kind of client sends, and which it never shows.

use serde_json::json;
use url::Url;

use super::ServiceClient;
use super::test_support::{Answer, TestServer, USER, user_id};
use crate::Supabase;

fn supabase(url: &Url) -> Supabase {
    Supabase::builder()
        .url(url.as_str())
        .publishable_key("sb_publishable_abc")
        .secret_key("sb_secret_abc")
        .build()
        .unwrap()
}

fn service(url: &Url) -> ServiceClient {
    supabase(url).service_client().unwrap()
}

fn local() -> Url {
    "http://127.0.0.1:1".parse().unwrap()
}

#[tokio::test]
async fn a_key_is_sent_in_both_headers() {
    let server =
        TestServer::start([Answer::json("200 OK", "[]"), Answer::json("200 OK", "[]")]).await;
    let anon = supabase(&server.url).anon_client().unwrap();

    for client in [anon.from("t"), service(&server.url).from("t")] {
        client.select("id").rows::<u8>().await.unwrap();
    }

    let [anon, service] = <[String; 2]>::try_from(server.requests()).unwrap();
    assert!(anon.contains("apikey: sb_publishable_abc\r\n"), "{anon}");
    assert!(
        anon.contains("authorization: Bearer sb_publishable_abc\r\n"),
        "{anon}"
    );
    assert!(service.contains("apikey: sb_secret_abc\r\n"), "{service}");
    assert!(
        service.contains("authorization: Bearer sb_secret_abc\r\n"),
        "{service}"
    );
}

#[test]
fn debug_says_who_and_where_but_no_secret() {
    let service = service(&local());
    let anon = supabase(&local()).anon_client().unwrap();
    assert_eq!(
        format!("{service:?}"),
        r#"Client { mode: "service", host: "127.0.0.1:1", identity: the service role, .. }"#
    );
    let secret = "sb_";
    let query = service.from("t").insert(json!({ "a": secret })).select("*");
    for text in [
        format!("{anon:?}"),
        format!("{:?}", service.project),
        format!("{:?}", service.transport),
        format!("{:?}", supabase(&local())),
        format!("{:?}", service.auth_admin()),
        format!("{:?} {query:?}", service.schema("private").from("t")),
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn what_a_project_lacks_is_named() {
    let bare = Supabase::builder()
        .url("http://127.0.0.1:1")
        .build()
        .unwrap();
    let errors = [
        (service(&local()).act_as(user_id()).err(), "AuthKind::User"),
        (bare.user_client(user_id()).err(), "AuthKind::User"),
        (bare.anon_client().err(), "AuthKind::Anon"),
        (bare.service_client().err(), "AuthKind::Service"),
    ];
    for (error, named) in errors {
        let text = error.unwrap().to_string();
        assert!(
            text.contains(named) && !text.contains("sb_secret"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_user_by_id() {
    let body = json!({
        "id": USER, "aud": "authenticated", "role": "authenticated", "email": "a@b.co", "phone": "",
        "confirmed_at": "2026-01-02T03:04:05.6Z", "app_metadata": { "provider": "email" },
        "user_metadata": {}, "is_anonymous": false, "factors": null, "something_new": [1],
        "identities": [{ "identity_id": USER, "id": "1", "provider": "email", "identity_data": null }],
    });
    let missing = r#"{"code":"user_not_found","message":"User not found"}"#;
    let server = TestServer::start([
        Answer::json("200 OK", &body.to_string()),
        Answer::json("404 Not Found", missing),
    ])
    .await;
    let admin = service(&server.url).auth_admin();

    let user = admin.get_user_by_id(user_id()).await.unwrap();
    assert_eq!(
        (user.id, user.email.as_deref()),
        (user_id(), Some("a@b.co"))
    );
    assert_eq!((user.phone, user.last_sign_in_at), (None, None));
    assert_eq!(user.app_metadata["provider"], "email");
    assert_eq!(user.identities[0].provider, "email");

    let error = admin.get_user_by_id(user_id()).await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(
        error.to_string(),
        format!("get user `{USER}` failed: User not found (404, code user_not_found)")
    );

    let request = server.requests().remove(0);
    assert!(
        request.starts_with(&format!("GET /auth/v1/admin/users/{USER} HTTP/1.1\r\n")),
        "{request}"
    );
    assert!(
        request.contains("x-supabase-api-version: 2024-01-01\r\n"),
        "{request}"
    );
    assert!(
        request.contains("authorization: Bearer sb_secret_abc\r\n"),
        "{request}"
    );
}

#[test]
fn every_future_can_move_between_threads() {
    fn check<T: Send + 'static>(_: T) {}
    let table = service(&local()).from("t");
    check(table.clone().select("*").rows::<u8>());
    check(table.clone().select("*").single::<u8>());
    check(table.clone().select("*").maybe_single::<u8>());
    check(table.clone().select("*").with_count::<u8>());
    check(table.clone().select("*").head());
    check(table.clone().insert(1).affected_rows());
    check(table.delete().all_rows().into_future());
}
