//! Counts the rows of a write. For `Prefer: count=exact` PostgREST returns the count in
//! `Content-Range`; postrust does so only for reads.
//!
//! Therefore the rows are requested, counted, and dropped again. One difference remains: a counted
//! write also needs the right to read the rows.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use serde::de::IgnoredAny;

const PREFER: HeaderName = HeaderName::from_static("prefer");
const RETURN_ROWS: &str = "return=representation";

/// A write whose rows are counted.
pub(super) struct WriteCount {
    method: Method,
    /// Whether the caller wants the rows too.
    rows_wanted: bool,
}

impl WriteCount {
    /// Makes `request` return its rows, if it is a write to be counted.
    pub(super) fn asked_for(request: &mut Request) -> Option<Self> {
        let method = request.method().clone();
        let is_write = matches!(method, Method::POST | Method::PATCH | Method::DELETE);
        if !is_write || request.uri().path().starts_with("/rpc/") {
            return None;
        }
        let values = request.headers().get_all(PREFER);
        let tokens: Vec<&str> = values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(',').map(str::trim))
            .collect();
        if !tokens.iter().any(|token| token.starts_with("count=")) {
            return None;
        }
        let rows_wanted = tokens.contains(&RETURN_ROWS);
        let others = tokens
            .into_iter()
            .filter(|token| !token.starts_with("return="));
        let prefer = others.chain([RETURN_ROWS]).collect::<Vec<_>>().join(", ");
        request
            .headers_mut()
            .insert(PREFER, HeaderValue::try_from(prefer).ok()?);
        Some(Self {
            method,
            rows_wanted,
        })
    }

    /// Returns the response with the count, and without rows that were not requested.
    pub(super) async fn answer(self, response: Response) -> Response {
        if !response.status().is_success() {
            return response;
        }
        let (mut parts, body) = response.into_parts();
        // The rows are in memory already; there is nothing to limit.
        let Ok(rows) = to_bytes(body, usize::MAX).await else {
            return super::access::broken();
        };
        let count = match serde_json::from_slice::<Vec<IgnoredAny>>(&rows) {
            Ok(rows) => rows.len(),
            // One object, as `Accept: application/vnd.pgrst.object+json` asks for.
            Err(_) => 1,
        };
        let range = match (&self.method, count) {
            (&Method::PATCH, 1..) => format!("0-{}/{count}", count - 1),
            _ => format!("*/{count}"),
        };
        if let Ok(range) = HeaderValue::try_from(range) {
            parts.headers.insert(CONTENT_RANGE, range);
        }
        if self.rows_wanted {
            return Response::from_parts(parts, Body::from(rows));
        }
        if self.method != Method::POST {
            parts.status = StatusCode::NO_CONTENT;
        }
        parts.headers.remove(CONTENT_LENGTH);
        parts.headers.remove(CONTENT_TYPE);
        Response::from_parts(parts, Body::empty())
    }
}
