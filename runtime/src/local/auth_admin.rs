//! Supabase Auth's admin API, as far as the stack has it: one user by id.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::api::Api;
use super::gateway::{KeyRefused, authorize, json_response};

/// Asks for errors as `{code, message}`; the older form is `{code: STATUS, error_code, msg}`.
const API_VERSION: &str = "x-supabase-api-version";

/// The user as Auth writes it. What is null is left out, except within the metadata.
const USER: &str = "\
    select (jsonb_strip_nulls(jsonb_build_object( \
      'email_confirmed_at', email_confirmed_at, 'invited_at', invited_at, \
      'phone_confirmed_at', phone_confirmed_at, 'confirmed_at', confirmed_at, \
      'confirmation_sent_at', confirmation_sent_at, 'recovery_sent_at', recovery_sent_at, \
      'last_sign_in_at', last_sign_in_at, 'banned_until', banned_until, \
      'deleted_at', deleted_at)) || jsonb_build_object( \
      'id', id, 'aud', coalesce(aud, ''), 'role', coalesce(role, ''), \
      'email', coalesce(email, ''), 'phone', coalesce(phone, ''), \
      'app_metadata', coalesce(raw_app_meta_data, '{}'), \
      'user_metadata', coalesce(raw_user_meta_data, '{}'), 'identities', '[]'::jsonb, \
      'created_at', created_at, 'updated_at', updated_at, 'is_anonymous', is_anonymous \
    ))::text from auth.users where id = $1::uuid";

/// `GET /auth/v1/admin/users/{id}`
pub(super) async fn user(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    match find_user(&api, &id, &headers).await {
        Ok(user) => json_response(StatusCode::OK, &user),
        Err(Refusal::Gateway(refused)) => refused.response(),
        Err(Refusal::Auth(error)) => error.response(headers.contains_key(API_VERSION)),
    }
}

async fn find_user(api: &Api, id: &str, headers: &HeaderMap) -> Result<Value, Refusal> {
    let authorization = authorize(api, headers).map_err(Refusal::Gateway)?;
    let caller = api.authenticate(&authorization).map_err(|_| BAD_JWT)?;
    if caller.role != "service_role" {
        return Err(NOT_ADMIN.into());
    }
    let id = Uuid::parse_str(id).map_err(|_| NOT_A_UUID)?;
    let user: Option<String> = sqlx::query_scalar(USER)
        .bind(id.to_string())
        .fetch_optional(api.database().pool())
        .await
        .map_err(|_| UNEXPECTED)?;
    let user = user.ok_or(USER_NOT_FOUND)?;
    Ok(serde_json::from_str(&user).map_err(|_| UNEXPECTED)?)
}

enum Refusal {
    Gateway(KeyRefused),
    Auth(AuthError),
}

impl From<AuthError> for Refusal {
    fn from(error: AuthError) -> Self {
        Self::Auth(error)
    }
}

/// One of Auth's errors.
struct AuthError {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
}

const BAD_JWT: AuthError = AuthError {
    status: StatusCode::FORBIDDEN,
    code: "bad_jwt",
    message: "invalid JWT: unable to parse or verify signature",
};

const NOT_ADMIN: AuthError = AuthError {
    status: StatusCode::FORBIDDEN,
    code: "not_admin",
    message: "User not allowed",
};

const NOT_A_UUID: AuthError = AuthError {
    status: StatusCode::NOT_FOUND,
    code: "validation_failed",
    message: "user_id must be an UUID",
};

const USER_NOT_FOUND: AuthError = AuthError {
    status: StatusCode::NOT_FOUND,
    code: "user_not_found",
    message: "User not found",
};

const UNEXPECTED: AuthError = AuthError {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "unexpected_failure",
    message: "Database error loading user",
};

impl AuthError {
    fn response(&self, versioned: bool) -> Response {
        let body = if versioned {
            json!({ "code": self.code, "message": self.message })
        } else {
            json!({ "code": self.status.as_u16(), "error_code": self.code, "msg": self.message })
        };
        let mut response = json_response(self.status, &body);
        response
            .headers_mut()
            .insert("x-sb-error-code", HeaderValue::from_static(self.code));
        response
    }
}
