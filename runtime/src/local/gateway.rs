//! The gateway before a project's services: checks the API key and routes the request.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::api::{Api, bearer};
use super::write_count::WriteCount;
use super::{auth, query};

const REST: &str = "/rest/v1";

/// Services of a Supabase project that this stack lacks.
const MISSING_SERVICES: [(&str, &str); 5] = [
    ("/auth/v1", "Auth endpoint like this"),
    ("/storage/v1", "Storage"),
    ("/functions/v1", "Edge Functions"),
    ("/realtime/v1", "Realtime"),
    ("/graphql/v1", "GraphQL"),
];

/// The whole HTTP surface of a stack.
pub(super) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route(REST, any(rest))
        .route("/rest/v1/", any(rest))
        .route("/rest/v1/{*path}", any(rest))
        .route(
            "/auth/v1/admin/users",
            get(auth::list_users).post(auth::create_user),
        )
        .route(
            "/auth/v1/admin/users/{id}",
            get(auth::get_user)
                .put(auth::update_user)
                .delete(auth::delete_user),
        )
        .route("/auth/v1/user", get(auth::own_user))
        .route("/auth/v1/.well-known/jwks.json", get(jwks))
        .fallback(missing)
        .with_state(api)
}

async fn rest(State(api): State<Arc<Api>>, mut request: Request) -> Response {
    let authorization = match authorize(&api, request.headers()) {
        Ok(authorization) => authorization,
        Err(refused) => return refused.response(),
    };
    request.headers_mut().insert(AUTHORIZATION, authorization);
    if let Some(uri) = without_prefix(request.uri()) {
        *request.uri_mut() = uri;
    }
    match WriteCount::asked_for(&mut request) {
        Some(count) => count.answer(api.answer(request).await).await,
        None => api.answer(request).await,
    }
}

async fn jwks(State(api): State<Arc<Api>>) -> Response {
    json_response(StatusCode::OK, &api.keys().public_jwks)
}

async fn missing(request: Request) -> Response {
    let path = request.uri().path();
    match MISSING_SERVICES
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix))
    {
        Some((_, service)) => json_response(
            StatusCode::NOT_IMPLEMENTED,
            &json!({ "message": format!("LocalSupabase has no {service}") }),
        ),
        None => json_response(
            StatusCode::NOT_FOUND,
            &json!({ "message": "no Route matched with those values" }),
        ),
    }
}

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

/// Rewrites `/rest/v1/todos?select=id` as postrust expects it: `/todos?select=id`.
fn without_prefix(uri: &Uri) -> Option<Uri> {
    let rest = uri.path().strip_prefix(REST)?;
    let path = if rest.starts_with('/') { rest } else { "/" };
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{}", query::for_postrust(query)),
        None => path.to_owned(),
    };
    Some(PathAndQuery::try_from(path_and_query).ok()?.into())
}

/// The response if a service's answer could not be read.
pub(super) fn broken() -> Response {
    let body = json!({ "message": "An invalid response was received from the upstream server" });
    json_response(StatusCode::BAD_GATEWAY, &body)
}

pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_goes_and_the_query_stays() {
        for (from, to) in [
            (
                "/rest/v1/todos?select=id&title=eq.a%2Fb",
                "/todos?select=id&title=eq.a%2Fb",
            ),
            ("/rest/v1/rpc/f", "/rpc/f"),
            ("/rest/v1", "/"),
            ("/rest/v1/?select=id", "/?select=id"),
        ] {
            assert_eq!(without_prefix(&from.parse().unwrap()).unwrap(), to);
        }
    }
}
