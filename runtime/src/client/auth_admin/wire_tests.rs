//! The requests of the calls, compared with those of supabase-js 2.119, and how the answers are read.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::Supabase;
use crate::auth::Principal;
use crate::client::error::ClientErrorKind;
use crate::client::test_support::{
    Answer, Sent, TestServer, USER, assert_hides, http, http_with, key_transport, short_timeouts,
    user_id,
};

const JSON: Option<&str> = Some("application/json;charset=UTF-8");

fn admin(server: &TestServer) -> AuthAdmin {
    let service = Principal::Service;
    AuthAdmin::new(key_transport(http(), &server.url, "service-key", service))
}

fn user() -> Value {
    json!({ "id": USER, "email": "a@b.co" })
}

/// The only request of a call, and its result for `answer`.
async fn sent<T>(
    answer: &Value,
    call: impl AsyncFnOnce(AuthAdmin) -> Result<T, ClientError>,
) -> (Sent, T) {
    let server = TestServer::start([Answer::json("200 OK", &answer.to_string())]).await;
    let value = call(admin(&server)).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let sent = Sent::new(&requests[0]);
    assert_eq!(sent.header("x-supabase-api-version"), Some("2024-01-01"));
    assert_eq!(sent.header("apikey"), Some("service-key"));
    (sent, value)
}

async fn error_of<T>(
    answer: Answer,
    call: impl AsyncFnOnce(AuthAdmin) -> Result<T, ClientError>,
) -> ClientError {
    let server = TestServer::start([answer]).await;
    let error = call(admin(&server)).await.map(drop).unwrap_err();
    assert_hides(&error, &["service-key", "s3cret", "user-jwt"]);
    error
}

#[tokio::test]
async fn creating_a_user() {
    let new = NewUser::new()
        .id(user_id())
        .email("a@b.co")
        .password("s3cret")
        .email_confirm(true)
        .ban_duration(Duration::from_secs(86_400))
        .role("authenticated")
        .user_metadata(&json!({ "name": "A" }));
    let (sent, created) = sent(&user(), async |admin| admin.create_user(new).await).await;
    assert_eq!(sent.line, "POST /auth/v1/admin/users");
    assert_eq!(sent.header("content-type"), JSON);
    assert_eq!(
        sent.json(),
        json!({ "id": USER, "email": "a@b.co", "password": "s3cret", "email_confirm": true,
                "ban_duration": "24h", "role": "authenticated", "user_metadata": { "name": "A" } })
    );
    assert_eq!(created.id, user_id());
}

#[tokio::test]
async fn changing_and_deleting_a_user() {
    let path = format!("/auth/v1/admin/users/{USER}");
    let changes = UserChanges::new().email("c@d.co").lift_ban();
    let (put, _) = sent(&user(), async |admin| {
        admin.update_user_by_id(user_id(), changes).await
    })
    .await;
    assert_eq!(put.line, format!("PUT {path}"));
    assert_eq!(put.header("content-type"), JSON);
    assert_eq!(
        put.json(),
        json!({ "email": "c@d.co", "ban_duration": "none" })
    );

    let (hard, ()) = sent(&json!({}), async |admin| admin.delete_user(user_id()).await).await;
    let (soft, ()) = sent(&json!({}), async |admin| {
        admin.soft_delete_user(user_id()).await
    })
    .await;
    for (sent, is_soft) in [(hard, false), (soft, true)] {
        assert_eq!(sent.line, format!("DELETE {path}"));
        assert_eq!(sent.header("content-type"), JSON);
        assert_eq!(sent.json(), json!({ "should_soft_delete": is_soft }));
    }
}

#[tokio::test]
async fn inviting_a_user() {
    let (sent, _) = sent(&user(), async |admin| {
        admin
            .invite_user_by_email("a@b.co")
            .data(&json!({ "team": 1 }))
            .redirect_to("https://x.y/?a=b&c=d")
            .await
    })
    .await;
    assert_eq!(
        sent.line,
        "POST /auth/v1/invite?redirect_to=https%3A%2F%2Fx.y%2F%3Fa%3Db%26c%3Dd"
    );
    assert_eq!(
        sent.json(),
        json!({ "email": "a@b.co", "data": { "team": 1 } })
    );
}

#[tokio::test]
async fn a_link_is_a_secret() {
    let answer = json!({
        "action_link": "https://s3cret", "email_otp": "s3cret-otp", "hashed_token": "s3cret-hash",
        "redirect_to": "https://x.y", "verification_type": "magiclink",
        "id": USER, "email": "a@b.co", "identities": null,
    });
    let link = NewLink::magic_link("a@b.co").redirect_to("https://x.y");
    let (sent, link) = sent(&answer, async |admin| admin.generate_link(link).await).await;
    assert_eq!(
        sent.line,
        "POST /auth/v1/admin/generate_link?redirect_to=https%3A%2F%2Fx.y"
    );
    assert_eq!(
        sent.json(),
        json!({ "type": "magiclink", "email": "a@b.co", "redirectTo": "https://x.y" })
    );
    assert_eq!(link.action_link.expose_secret(), "https://s3cret");
    assert_eq!(
        (link.user.id, link.verification_type.as_str()),
        (user_id(), "magiclink")
    );
    assert!(!format!("{link:?} {link:#?}").contains("s3cret"));
}

#[tokio::test]
async fn every_kind_of_link() {
    let kinds = [
        (
            NewLink::signup("a@b.co", "s3cret").data(&json!({ "n": 1 })),
            json!({ "type": "signup", "email": "a@b.co", "password": "s3cret", "data": { "n": 1 } }),
        ),
        (
            NewLink::invite("a@b.co"),
            json!({ "type": "invite", "email": "a@b.co" }),
        ),
        (
            NewLink::recovery("a@b.co"),
            json!({ "type": "recovery", "email": "a@b.co" }),
        ),
        (
            NewLink::email_change_current("a@b.co", "c@d.co"),
            json!({ "type": "email_change_current", "email": "a@b.co", "new_email": "c@d.co" }),
        ),
        (
            NewLink::email_change_new("a@b.co", "c@d.co"),
            json!({ "type": "email_change_new", "email": "a@b.co", "new_email": "c@d.co" }),
        ),
    ];
    let answer = json!({ "action_link": "l", "email_otp": "o", "hashed_token": "h",
                         "verification_type": "t", "id": USER });
    for (link, body) in kinds {
        assert!(!format!("{link:?}").contains("s3cret"));
        let (sent, _) = sent(&answer, async |admin| admin.generate_link(link).await).await;
        assert_eq!(sent.line, "POST /auth/v1/admin/generate_link");
        assert_eq!(sent.json(), body);
    }
}

#[tokio::test]
async fn signing_out_goes_with_the_users_token() {
    let token = "user-jwt".into();
    let (sent, ()) = sent(&Value::Null, async |admin| {
        admin.sign_out(&token, SignOutScope::Others).await
    })
    .await;
    assert_eq!(sent.line, "POST /auth/v1/logout?scope=others");
    assert_eq!(sent.header("authorization"), Some("Bearer user-jwt"));
    assert_eq!(sent.header("content-type"), JSON);
    assert_eq!(sent.body, "");

    for wrong in ["", "user-jwt\r\nx: y", "Bearer user-jwt"] {
        let error = error_of(Answer::Silence, async |admin| {
            admin.sign_out(&wrong.into(), SignOutScope::Global).await
        })
        .await;
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest);
    }
}

#[tokio::test]
async fn second_factors() {
    let factor = "22222222-2222-2222-2222-222222222222";
    let answer = json!([{ "id": factor, "factor_type": "totp", "status": "verified",
                          "friendly_name": "", "created_at": "2026-01-01T00:00:00Z" }]);
    let (list, factors) = sent(&answer, async |admin| admin.list_factors(user_id()).await).await;
    assert_eq!(
        list.line,
        format!("GET /auth/v1/admin/users/{USER}/factors")
    );
    assert_eq!(
        (factors[0].factor_type.as_str(), &factors[0].friendly_name),
        ("totp", &None)
    );

    let (delete, ()) = sent(&json!({ "id": factor }), async |admin| {
        admin.delete_factor(user_id(), factor).await
    })
    .await;
    assert_eq!(
        delete.line,
        format!("DELETE /auth/v1/admin/users/{USER}/factors/{factor}")
    );
}

#[tokio::test]
async fn the_user_of_a_user_client() {
    let missing =
        r#"{"code":"user_not_found","message":"User from sub claim in JWT does not exist"}"#;
    let server = TestServer::start([
        Answer::json("200 OK", &user().to_string()),
        Answer::json("403 Forbidden", missing),
    ])
    .await;
    let supabase = Supabase::builder()
        .url(server.url.as_str())
        .publishable_key("sb_publishable_abc")
        .jwt_secret("x".repeat(32))
        .build()
        .unwrap();
    let client = supabase.user_client(user_id()).unwrap();

    assert_eq!(client.get_user().await.unwrap().id, user_id());
    let sent = Sent::new(&server.requests()[0]);
    assert_eq!(sent.line, "GET /auth/v1/user");
    assert_eq!(sent.header("x-supabase-api-version"), Some("2024-01-01"));
    assert_eq!(sent.header("apikey"), Some("sb_publishable_abc"));
    let token = client.access_token().unwrap();
    let bearer = format!("Bearer {}", token.expose_secret());
    assert_eq!(sent.header("authorization"), Some(bearer.as_str()));

    let error = client.get_user().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_hides(&error, &[token.expose_secret()]);
}

fn page(link: &str, total: &str, ids: &[u128]) -> Answer {
    let users: Vec<_> = ids
        .iter()
        .map(|id| json!({ "id": uuid::Uuid::from_u128(*id) }))
        .collect();
    let headers = format!("Content-Type: application/json\r\n{link}{total}");
    let body = json!({ "users": users, "aud": "authenticated" }).to_string();
    Answer::with_headers("200 OK", &headers, body.as_bytes())
}

#[tokio::test]
async fn a_page_of_users() {
    let link = "Link: </admin/users?page=124&per_page=10>; rel=\"next\", \
                </admin/users?page=1203&per_page=10>; rel=\"last\"\r\n";
    let server = TestServer::start([
        page(link, "X-Total-Count: 12025\r\n", &[1, 2]),
        page("", "", &[]),
    ])
    .await;
    let page = admin(&server)
        .list_users()
        .page(123)
        .per_page(10)
        .await
        .unwrap();
    assert_eq!(page.users.len(), 2);
    assert_eq!(page.total, Some(12_025));
    assert_eq!((page.next_page, page.last_page), (Some(124), Some(1203)));

    let page = admin(&server).list_users().await.unwrap();
    assert_eq!(
        (page.total, page.next_page, page.last_page),
        (None, None, None)
    );
    let lines: Vec<_> = server
        .requests()
        .iter()
        .map(|sent| Sent::new(sent).line)
        .collect();
    assert_eq!(
        lines,
        [
            "GET /auth/v1/admin/users?page=123&per_page=10",
            "GET /auth/v1/admin/users?page=&per_page="
        ]
    );
}

/// Reads pages to the end or to the first error. Returns the number of users and the requested pages.
async fn walk(answers: Vec<Answer>) -> (Result<usize, ClientError>, Vec<String>) {
    let server = TestServer::start(answers).await;
    let mut pages = admin(&server).list_users().page(99).per_page(2).pages();
    let mut users = 0;
    let outcome = loop {
        match pages.next_page().await {
            Ok(Some(page)) => users += page.users.len(),
            Ok(None) => break Ok(users),
            Err(error) => break Err(error),
        }
    };
    let lines = server.requests();
    let lines = lines.iter().map(|sent| Sent::new(sent).line);
    let pages = lines.map(|line| line.split(['=', '&']).nth(1).unwrap().to_owned());
    (outcome, pages.collect())
}

#[tokio::test]
async fn all_pages_one_by_one() {
    let next = |page: u32| {
        format!(
            "Link: </admin/users?page={page}&per_page=2>; rel=\"next\", \
             </admin/users?page=101&per_page=2>; rel=\"last\"\r\n"
        )
    };
    let last = "Link: </admin/users?page=101&per_page=2>; rel=\"last\"\r\n";
    let (users, asked) = walk(vec![
        page(&next(100), "", &[1, 2]),
        page(&next(101), "", &[3, 4]),
        page(last, "", &[5]),
    ])
    .await;
    assert_eq!(users.unwrap(), 5);
    assert_eq!(asked, ["99", "100", "101"]);

    // A gateway that drops the header does not end the list.
    let (users, asked) = walk(vec![page("", "", &[1, 2]), page("", "", &[])]).await;
    assert_eq!(users.unwrap(), 2);
    assert_eq!(asked, ["99", "100"]);

    // A server that does not advance does, with an error.
    for stuck in [99, 1] {
        let (error, asked) = walk(vec![page(&next(stuck), "", &[1, 2])]).await;
        assert!(error.unwrap_err().is_decode());
        assert_eq!(asked, ["99"]);
    }
}

#[tokio::test]
async fn a_page_that_failed_is_read_again() {
    let next = "Link: </admin/users?page=2&per_page=2>; rel=\"next\"\r\n";
    let last = "Link: </admin/users?page=2&per_page=2>; rel=\"last\"\r\n";
    let server = TestServer::start([
        page(next, "", &[1]),
        Answer::json("500 Internal Server Error", "{}"),
        page(last, "", &[2]),
    ])
    .await;
    let mut pages = admin(&server).list_users().pages();
    assert!(pages.next_page().await.unwrap().is_some());
    assert_eq!(pages.next_page().await.unwrap_err().status(), Some(500));
    let second = pages.next_page().await.unwrap().unwrap();
    assert_eq!(second.users[0].id, uuid::Uuid::from_u128(2).into());
    assert!(pages.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn reasons_have_types() {
    let create = async |admin: AuthAdmin| {
        let user = NewUser::new().email("s3cret@b.co").password("s3cret");
        admin.create_user(user).await
    };
    for (code, expected) in [
        ("email_exists", AuthErrorCode::EmailExists),
        ("phone_exists", AuthErrorCode::PhoneExists),
        ("user_already_exists", AuthErrorCode::UserAlreadyExists),
    ] {
        let body = json!({ "code": code, "message": "m" }).to_string();
        let error = error_of(Answer::json("422 Unprocessable Entity", &body), create).await;
        assert!(error.is_conflict() && !error.is_not_found());
        assert_eq!(error.auth_code(), Some(expected));
    }
    // As Auth writes it without an API version, and a code of the future.
    let body = r#"{"code":422,"error_code":"weak_password","msg":"Password is too weak"}"#;
    let error = error_of(Answer::json("422 Unprocessable Entity", body), create).await;
    assert_eq!(error.auth_code(), Some(AuthErrorCode::WeakPassword));
    assert!(!error.is_conflict() && !error.is_retryable());
    let body = r#"{"code":"brand_new","message":"m"}"#;
    let error = error_of(Answer::json("400 Bad Request", body), create).await;
    assert_eq!(
        error.auth_code(),
        Some(AuthErrorCode::Other("brand_new".into()))
    );
    assert_eq!(error.auth_code().unwrap().to_string(), "brand_new");

    let body = r#"{"code":"over_request_rate_limit","message":"m"}"#;
    let headers = "Content-Type: application/json\r\nRetry-After: 7\r\n";
    let limit = Answer::with_headers("429 Too Many Requests", headers, body.as_bytes());
    let error = error_of(limit, create).await;
    assert_eq!(error.auth_code(), Some(AuthErrorCode::OverRequestRateLimit));
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
}

#[tokio::test]
async fn what_is_no_answer_of_auths() {
    let get = async |admin: AuthAdmin| admin.get_user_by_id(user_id()).await;
    let page = b"<html><title>502 Bad Gateway</title>s3cret</html>";
    let html = Answer::with_headers("502 Bad Gateway", "Content-Type: text/html\r\n", page);
    let error = error_of(html, get).await;
    assert_eq!(error.auth_code(), None);
    assert!(error.message().contains("502 Bad Gateway") && error.is_retryable());

    for body in ["{}", "[]", "{\"id\":\"s3cret\"}", "", "{\"id\":"] {
        assert!(
            error_of(Answer::json("200 OK", body), get)
                .await
                .is_decode()
        );
    }
    let list = async |admin: AuthAdmin| admin.list_users().await;
    for body in ["{}", "[]", "{\"users\":[{\"id\":\"s3cret\"}]}"] {
        assert!(
            error_of(Answer::json("200 OK", body), list)
                .await
                .is_decode()
        );
    }
    let link = async |admin: AuthAdmin| admin.generate_link(NewLink::invite("a@b.co")).await;
    let body = r#"{"action_link":"s3cret","email_otp":7}"#;
    assert!(
        error_of(Answer::json("200 OK", body), link)
            .await
            .is_decode()
    );

    let server = TestServer::start([Answer::Silence]).await;
    let http = http_with(short_timeouts(), 1024);
    let transport = key_transport(http, &server.url, "service-key", Principal::Service);
    let error = AuthAdmin::new(transport).delete_user(user_id()).await;
    assert!(error.unwrap_err().is_timeout());
}

#[tokio::test]
async fn mistakes_are_told_and_nothing_is_sent() {
    let no_object = || json!(["s3cret"]);
    let errors = [
        error_of(Answer::Silence, async |admin| {
            admin
                .create_user(NewUser::new().user_metadata(&no_object()))
                .await
        })
        .await,
        error_of(Answer::Silence, async |admin| {
            let changes = UserChanges::new().ban_duration(Duration::from_millis(1));
            admin.update_user_by_id(user_id(), changes).await
        })
        .await,
        error_of(Answer::Silence, async |admin| {
            admin
                .invite_user_by_email("a@b.co")
                .data(&no_object())
                .await
        })
        .await,
        error_of(Answer::Silence, async |admin| {
            admin
                .generate_link(NewLink::invite("a@b.co").data(&no_object()))
                .await
        })
        .await,
        error_of(Answer::Silence, async |admin| {
            admin.delete_factor(user_id(), "..").await
        })
        .await,
    ];
    for error in errors {
        assert_eq!(error.kind(), ClientErrorKind::InvalidRequest, "{error}");
    }
}

#[test]
fn every_future_can_move_between_threads() {
    fn check<T: Send>(_: T) {}
    let url = "http://127.0.0.1:1".parse().unwrap();
    let admin = AuthAdmin::new(key_transport(
        http(),
        &url,
        "service-key",
        Principal::Service,
    ));
    let token = "user-jwt".into();
    check(admin.create_user(NewUser::new()));
    check(admin.list_users().into_future());
    check(admin.list_users().pages().next_page());
    check(admin.update_user_by_id(user_id(), UserChanges::new()));
    check(admin.delete_user(user_id()));
    check(admin.invite_user_by_email("a@b.co").into_future());
    check(admin.generate_link(NewLink::invite("a@b.co")));
    check(admin.sign_out(&token, SignOutScope::Global));
    check(admin.list_factors(user_id()));
    check(admin.delete_factor(user_id(), "x"));
}
