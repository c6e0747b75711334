//! Requests of the API, answered by postrust and mended where PostgREST answers otherwise.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::access::json_response;
use super::api::{ANON_ROLE, Api};
use super::state::State;
use super::write_count::WriteCount;
use super::{arguments, embeds, page};

/// Answers a request whose path is the API's own, such as `/todos`.
pub(super) async fn answer(api: &Arc<Api>, mut request: Request) -> Response {
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    let mut role = ANON_ROLE.to_owned();
    // A token that is refused here is refused by postrust as well, with PostgREST's errors.
    if let Some(Ok(caller)) = authorization.as_ref().map(|value| api.authenticate(value)) {
        let schema = api.schema().await;
        if let Some(refused) = embeds::refused(&request, api.config(false), &schema) {
            return refused;
        }
        role = caller.role;
        if let Some(renewed) = caller.renewed {
            request.headers_mut().insert(AUTHORIZATION, renewed);
        }
    }
    // A function's rows are limited even if it writes, as in PostgREST.
    let reads = matches!(*request.method(), Method::GET | Method::HEAD)
        || request.uri().path().starts_with("/rpc/");
    let count = WriteCount::asked_for(&request);
    let schema = api.schema().await;
    let has_arguments = arguments::has_arguments(&request, api.config(false), &schema);
    let page = page::of_values(&request, api.config(false), &schema);
    drop(schema);
    let state = State::new(api, !reads, page);
    if has_arguments {
        let limit = api.config(false).max_body_size;
        request = match arguments::without_nulls(request, limit).await {
            Ok(request) => request,
            Err(error) => return unreadable_body(&error),
        };
    }
    let mut response = postrust_engine::handle(&state, request).await;
    if let Some(count) = count {
        count.add(&mut response, state.rows());
    }
    as_postgrest(response, &role).map(Body::from)
}

fn unreadable_body(error: &axum::Error) -> Response {
    let (code, message) = ("PGRST102", error.to_string());
    let body = json!({ "code": code, "message": message, "details": null, "hint": null });
    json_response(StatusCode::BAD_REQUEST, &body)
}

/// PostgREST answers 42501 with 401 only to the anonymous role: the other roles are signed in.
fn as_postgrest(mut response: http::Response<Bytes>, role: &str) -> http::Response<Bytes> {
    if response.status() == StatusCode::UNAUTHORIZED && role != ANON_ROLE {
        let error: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        if error["code"] == "42501" {
            *response.status_mut() = StatusCode::FORBIDDEN;
            response.headers_mut().remove(WWW_AUTHENTICATE);
        }
    }
    response
}
