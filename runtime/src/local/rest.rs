//! Requests of the API, answered by postrust and mended where PostgREST answers otherwise.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use http::header::{ACCEPT, ALLOW, AUTHORIZATION, RANGE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::json;

use super::access::json_response;
use super::api::{ANON_ROLE, Api};
use super::response::Asked;
use super::returned::Returned;
use super::state::State;
use super::transaction::How;
use super::write_count::WriteCount;
use super::{arguments, rows};

const ACCEPT_PROFILE: HeaderName = HeaderName::from_static("accept-profile");
const CONTENT_PROFILE: HeaderName = HeaderName::from_static("content-profile");

/// Answers a request whose path is the API's own, such as `/todos`.
pub(super) async fn answer(api: &Arc<Api>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut request = match to_bytes(body, api.config().max_body_size).await {
        Ok(body) => http::Request::from_parts(parts, body),
        Err(error) => return unreadable_body(&error),
    };
    let authorization = request.headers().get(AUTHORIZATION).cloned();
    let caller = authorization.and_then(|value| api.authenticate(&value).ok());
    sort_accepted(&mut request);
    let asked = Asked::new(&request, caller.is_some());
    ignore_headers(&mut request);
    // A function's rows are limited even if it writes, as in PostgREST.
    let reads = matches!(*request.method(), Method::GET | Method::HEAD)
        || request.uri().path().starts_with("/rpc/");
    let schema = api.catalog().await;
    let config = Arc::clone(schema.config(!reads));
    let count = WriteCount::asked_for(&request);
    // A token that is refused here is refused by postrust as well, with PostgREST's errors.
    let how = match &caller {
        None => How::Theirs,
        Some(_) => match rows::reading(&request, &config, &schema) {
            Ok(Some((reading, rest))) => {
                *request.uri_mut() = rest.into();
                How::Own(reading)
            }
            Ok(None) => {
                if arguments::has_arguments(&request, &config, &schema) {
                    arguments::replace_nulls(&mut request);
                }
                match reads || returns(request.headers()) {
                    true => How::Theirs,
                    false => How::Nothing,
                }
            }
            Err(refusal) => {
                let refused = refusal.response(&config);
                return asked
                    .mend(refused, &Returned::default(), ANON_ROLE)
                    .map(Body::from);
            }
        },
    };
    drop(schema);
    let caller_is_known = caller.is_some();
    let (role, renewed) = match caller {
        Some(caller) => (caller.role, caller.renewed),
        None => (ANON_ROLE.to_owned(), None),
    };
    if let Some(renewed) = renewed {
        request.headers_mut().insert(AUTHORIZATION, renewed);
    }
    let state = State::new(api, &config, how);
    let mut response = match caller_is_known && *request.method() == Method::OPTIONS {
        true => allowed(&state, request).await,
        false => postrust_engine::handle(&state, request.map(Body::from)).await,
    };
    if let Some(count) = count {
        count.add(&mut response, state.returned().rows());
    }
    asked
        .mend(response, state.returned(), &role)
        .map(Body::from)
}

/// Puts the media types that the client prefers first: postrust does not look at their `q`.
fn sort_accepted(request: &mut http::Request<Bytes>) {
    let accepted = request.headers().get(ACCEPT);
    let Some(accepted) = accepted.and_then(|accepted| accepted.to_str().ok()) else {
        return;
    };
    let weight = |entry: &&str| {
        let q = entry.split(';').find_map(|it| it.trim().strip_prefix("q="));
        // In thousandths, as precise as it can be.
        let q: f32 = q.and_then(|q| q.trim().parse().ok()).unwrap_or(1.0);
        std::cmp::Reverse(q.clamp(0.0, 1.0).to_bits())
    };
    let mut entries: Vec<&str> = accepted.split(',').collect();
    entries.sort_by_key(weight);
    if let Ok(sorted) = HeaderValue::try_from(entries.join(",")) {
        request.headers_mut().insert(ACCEPT, sorted);
    }
}

/// Whether a write returns its rows, or the address of the one that it has made.
fn returns(headers: &HeaderMap) -> bool {
    let values = headers.get_all("prefer").iter();
    let mut preferences = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    preferences.any(|one| matches!(one.trim(), "return=representation" | "return=headers-only"))
}

/// PostgREST does not look at these.
fn ignore_headers(request: &mut http::Request<Bytes>) {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let is_get = *request.method() == Method::GET;
    let headers = request.headers_mut();
    if !is_get {
        headers.remove(RANGE);
    }
    headers.remove(match reads {
        true => CONTENT_PROFILE,
        false => ACCEPT_PROFILE,
    });
}

/// Answers which methods a table or a function has.
async fn allowed(state: &State, request: http::Request<Bytes>) -> http::Response<Bytes> {
    let config = postrust_engine::State::config(state);
    match postrust_engine::allow(state, request)
        .await
        .map(HeaderValue::try_from)
    {
        Ok(Ok(methods)) => {
            let mut response = http::Response::new(Bytes::new());
            response.headers_mut().insert(ALLOW, methods);
            response
        }
        Ok(Err(error)) => {
            let error = postrust_core::Error::Internal(error.to_string());
            postrust_engine::error_response_for(config, error)
        }
        Err(error) => postrust_engine::error_response_for(config, error),
    }
}

fn unreadable_body(error: &axum::Error) -> Response {
    let (code, message) = ("PGRST102", error.to_string());
    let body = json!({ "code": code, "message": message, "details": null, "hint": null });
    json_response(StatusCode::BAD_REQUEST, &body)
}
