//! What the gateway does with API keys, and its own responses.

use axum::body::Body;
use axum::response::Response;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::api::{Api, bearer};

/// The `Authorization` that a service behind the gateway gets, as the Supabase CLI's Kong writes
/// it: the request's own, unless there is none or it is an `sb_…` key. Then it is the JWT of the
/// role that the `apikey` stands for.
pub(super) fn authorize(api: &Api, headers: &HeaderMap) -> Result<HeaderValue, KeyRefused> {
    let key = headers.get("apikey").ok_or(KeyRefused::Missing)?;
    let keys = api.keys();
    let role_token = match key.to_str() {
        Ok(key) if key == keys.publishable.expose_secret() => &keys.anon,
        Ok(key) if key == keys.anon.expose_secret() => &keys.anon,
        Ok(key) if key == keys.secret.expose_secret() => &keys.service_role,
        Ok(key) if key == keys.service_role.expose_secret() => &keys.service_role,
        _ => return Err(KeyRefused::Invalid),
    };
    match headers.get(AUTHORIZATION) {
        Some(own) if !own.as_bytes().starts_with(b"Bearer sb_") => Ok(own.clone()),
        _ => bearer(role_token.expose_secret()).ok_or(KeyRefused::Invalid),
    }
}

/// Why the gateway refuses a request.
pub(super) enum KeyRefused {
    Missing,
    Invalid,
}

impl KeyRefused {
    pub(super) fn response(&self) -> Response {
        let (message, hint) = match self {
            Self::Missing => (
                "No API key found in request",
                "No `apikey` request header or url param was found.",
            ),
            Self::Invalid => (
                "Invalid API key",
                "Double check your Supabase `anon` or `service_role` API key.",
            ),
        };
        json_response(
            StatusCode::UNAUTHORIZED,
            &json!({ "message": message, "hint": hint }),
        )
    }
}

pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
