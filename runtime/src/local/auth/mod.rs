//! A stand-in for Supabase Auth: the users of the admin API, and the caller's own user. Paths,
//! bodies, statuses and codes are Auth's; the users are rows of a real `auth.users`.
//!
//! It keeps no password, sends no mail, and has no sessions, identities or factors.

mod error;
mod sql;

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use bytes::Bytes;
use http::header::LINK;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use url::form_urlencoded;
use uuid::Uuid;

use self::error::{
    BAD_JSON, BAD_JWT, BAD_PAGE, NEITHER_EMAIL_NOR_PHONE, NO_SUBJECT, NO_SUCH_SUBJECT, NOT_A_UUID,
    NOT_ADMIN, Refusal, UNEXPECTED, USER_NOT_FOUND,
};
use super::access::{authorize, json_response};
use super::api::{Api, Caller};

pub(super) use self::sql::CREATE as CREATE_USER;

/// The default number of users on a page.
const PER_PAGE: u32 = 50;

type Outcome = Result<Response, Refusal>;

fn response(request: &HeaderMap, outcome: Outcome) -> Response {
    outcome.unwrap_or_else(|refusal| refusal.response(request))
}

/// `GET /auth/v1/admin/users`
pub(super) async fn list_users(
    State(api): State<Arc<Api>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let outcome = async {
        must_be_admin(&api, &headers)?;
        let query = query.unwrap_or_default();
        let page = number(&query, "page", 1)?;
        let per_page = number(&query, "per_page", PER_PAGE)?;
        let pool = api.database().pool();
        let total: i64 = sqlx::query_scalar(sql::COUNT).fetch_one(pool).await?;
        let users: Vec<String> = sqlx::query_scalar(sql::LIST)
            .bind(i64::from(per_page))
            .bind(i64::from(page - 1) * i64::from(per_page))
            .fetch_all(pool)
            .await?;
        let users: Vec<_> = users
            .iter()
            .map(|user| parsed(user))
            .collect::<Result<_, _>>()?;
        let body = json!({ "users": users, "aud": "authenticated" });
        let mut response = json_response(StatusCode::OK, &body);
        let headers = response.headers_mut();
        headers.insert("x-total-count", total.into());
        if let Ok(link) = HeaderValue::try_from(links(page, per_page, total)) {
            headers.insert(LINK, link);
        }
        Ok(response)
    };
    response(&headers, outcome.await)
}

/// `POST /auth/v1/admin/users`
pub(super) async fn create_user(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let outcome = async {
        must_be_admin(&api, &headers)?;
        let body = object(&body)?;
        let is_there = |name| {
            body.get(name)
                .and_then(Value::as_str)
                .is_some_and(|it| !it.is_empty())
        };
        if !is_there("email") && !is_there("phone") {
            return Err(NEITHER_EMAIL_NOR_PHONE.into());
        }
        let user: String = sqlx::query_scalar(sql::CREATE)
            .bind(Value::from(body).to_string())
            .fetch_one(api.database().pool())
            .await?;
        Ok(json_response(StatusCode::OK, &parsed(&user)?))
    };
    response(&headers, outcome.await)
}

/// `GET /auth/v1/admin/users/{id}`
pub(super) async fn get_user(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let outcome = async {
        must_be_admin(&api, &headers)?;
        let user = find(&api, uuid(&id)?).await?.ok_or(USER_NOT_FOUND)?;
        Ok(json_response(StatusCode::OK, &user))
    };
    response(&headers, outcome.await)
}

/// `PUT /auth/v1/admin/users/{id}`
pub(super) async fn update_user(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let outcome = async {
        must_be_admin(&api, &headers)?;
        let user: Option<String> = sqlx::query_scalar(sql::UPDATE)
            .bind(uuid(&id)?.to_string())
            .bind(Value::from(object(&body)?).to_string())
            .fetch_optional(api.database().pool())
            .await?;
        let user = parsed(&user.ok_or(USER_NOT_FOUND)?)?;
        Ok(json_response(StatusCode::OK, &user))
    };
    response(&headers, outcome.await)
}

/// `DELETE /auth/v1/admin/users/{id}`
pub(super) async fn delete_user(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let outcome = async {
        must_be_admin(&api, &headers)?;
        let body = match body.is_empty() {
            true => Map::new(),
            false => object(&body)?,
        };
        let is_soft = body.get("should_soft_delete") == Some(&Value::Bool(true));
        let statement = if is_soft {
            sql::SOFT_DELETE
        } else {
            sql::DELETE
        };
        let deleted: Option<String> = sqlx::query_scalar(statement)
            .bind(uuid(&id)?.to_string())
            .fetch_optional(api.database().pool())
            .await?;
        deleted.ok_or(USER_NOT_FOUND)?;
        Ok(json_response(StatusCode::OK, &json!({})))
    };
    response(&headers, outcome.await)
}

/// `GET /auth/v1/user`
pub(super) async fn own_user(State(api): State<Arc<Api>>, headers: HeaderMap) -> Response {
    let outcome = async {
        let subject = caller(&api, &headers)?.subject.ok_or(NO_SUBJECT)?;
        let id = Uuid::parse_str(&subject).map_err(|_| NO_SUCH_SUBJECT)?;
        let user = find(&api, id).await?.ok_or(NO_SUCH_SUBJECT)?;
        Ok(json_response(StatusCode::OK, &user))
    };
    response(&headers, outcome.await)
}

fn caller(api: &Api, headers: &HeaderMap) -> Result<Caller, Refusal> {
    let authorization = authorize(api, headers)?;
    Ok(api.authenticate(&authorization).map_err(|_| BAD_JWT)?)
}

fn must_be_admin(api: &Api, headers: &HeaderMap) -> Result<(), Refusal> {
    match caller(api, headers)?.role.as_str() {
        "service_role" => Ok(()),
        _ => Err(NOT_ADMIN.into()),
    }
}

async fn find(api: &Api, id: Uuid) -> Result<Option<Value>, Refusal> {
    let user: Option<String> = sqlx::query_scalar(sql::FIND)
        .bind(id.to_string())
        .fetch_optional(api.database().pool())
        .await?;
    user.as_deref().map(parsed).transpose()
}

fn uuid(id: &str) -> Result<Uuid, Refusal> {
    Ok(Uuid::parse_str(id).map_err(|_| NOT_A_UUID)?)
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    Ok(serde_json::from_slice(body).map_err(|_| BAD_JSON)?)
}

fn parsed(user: &str) -> Result<Value, Refusal> {
    Ok(serde_json::from_str(user).map_err(|_| UNEXPECTED)?)
}

/// A parameter that counts from 1. An empty one counts as absent.
fn number(query: &str, name: &str, default: u32) -> Result<u32, Refusal> {
    let value = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    match value
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
    {
        None => Ok(default),
        Some(value) => match value.parse() {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(BAD_PAGE.into()),
        },
    }
}

/// The `Link` header, as Auth writes it.
fn links(page: u32, per_page: u32, total: i64) -> String {
    let last = (total + i64::from(per_page) - 1) / i64::from(per_page);
    let link = |page: i64, relation: &str| {
        format!("</admin/users?page={page}&per_page={per_page}>; rel=\"{relation}\"")
    };
    let next = i64::from(page) + 1;
    if next <= last {
        format!("{}, {}", link(next, "next"), link(last, "last"))
    } else {
        link(last, "last")
    }
}
