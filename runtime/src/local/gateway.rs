//! The gateway before a project's services: checks the API key and routes the request.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{any, get};
use http::header::AUTHORIZATION;
use http::uri::PathAndQuery;
use http::{StatusCode, Uri};
use serde_json::json;

use super::access::{authorize, json_response};
use super::api::Api;
use super::{auth, query, rest};

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
    rest::answer(&api, request).await
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
