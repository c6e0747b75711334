//! Requests of the API, answered by postrust and mended where PostgREST answers otherwise.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
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
use super::transaction::How;
use super::{arguments, embeds, page, rows};

/// Answers a request whose path is the API's own, such as `/todos`.
pub(super) async fn answer(api: &Arc<Api>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut request = match to_bytes(body, api.config(false).max_body_size).await {
        Ok(body) => http::Request::from_parts(parts, body),
        Err(error) => return unreadable_body(&error),
    };
    // A function's rows are limited even if it writes, as in PostgREST.
    let reads = matches!(*request.method(), Method::GET | Method::HEAD)
        || request.uri().path().starts_with("/rpc/");
    let config = api.config(!reads);
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    let caller = authorization.and_then(|value| api.authenticate(&value).ok());
    let schema = api.schema().await;
    if arguments::has_arguments(&request, config, &schema) {
        arguments::replace_nulls(&mut request);
    }
    let count = WriteCount::asked_for(&request);
    // A token that is refused here is refused by postrust as well, with PostgREST's errors.
    let how = match &caller {
        None => How::theirs(),
        Some(_) => match rows::reading(&request, config, &schema) {
            Ok(Some((reading, rest))) => {
                *request.uri_mut() = rest.into();
                How::Own(reading)
            }
            Ok(None) => {
                if let Some(refused) = embeds::refused(&request, config, &schema) {
                    return refused;
                }
                let page = page::of_values(&request, config, &schema);
                How::Theirs { page }
            }
            Err(refusal) => return refusal.response(config).map(Body::from),
        },
    };
    drop(schema);
    let (role, renewed) = match caller {
        Some(caller) => (caller.role, caller.renewed),
        None => (ANON_ROLE.to_owned(), None),
    };
    if let Some(renewed) = renewed {
        request.headers_mut().insert(AUTHORIZATION, renewed);
    }
    let state = State::new(api, !reads, how);
    let mut response = postrust_engine::handle(&state, request.map(Body::from)).await;
    if let Some(body) = state.returned().body()
        && response.status().is_success()
        && !response.body().is_empty()
    {
        *response.body_mut() = Bytes::copy_from_slice(body.as_bytes());
    }
    if let Some(count) = count {
        count.add(&mut response, state.returned().rows());
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
