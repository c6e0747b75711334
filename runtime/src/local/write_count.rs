//! Counts the rows of a write. For `Prefer: count=exact` PostgREST returns the count in
//! `Content-Range`; postrust does so only for reads.

use bytes::Bytes;
use http::header::CONTENT_RANGE;
use http::{HeaderName, HeaderValue, Method, Request};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// A write whose rows are counted.
pub(super) struct WriteCount {
    method: Method,
}

impl WriteCount {
    pub(super) fn asked_for<B>(request: &Request<B>) -> Option<Self> {
        let method = request.method().clone();
        let is_write = matches!(method, Method::POST | Method::PATCH | Method::DELETE);
        let values = request.headers().get_all(PREFER);
        let counts = values
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .any(|token| token.trim().starts_with("count="));
        let is_call = request.uri().path().starts_with("/rpc/");
        (is_write && counts && !is_call).then_some(Self { method })
    }

    /// Adds the count to a response that is no error.
    pub(super) fn add(&self, response: &mut http::Response<Bytes>, count: usize) {
        let range = match (&self.method, count) {
            (&Method::PATCH, 1..) => format!("0-{}/{count}", count - 1),
            _ => format!("*/{count}"),
        };
        if response.status().is_success()
            && let Ok(range) = HeaderValue::try_from(range)
        {
            response.headers_mut().insert(CONTENT_RANGE, range);
        }
    }
}
