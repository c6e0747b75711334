//! [`RawResponse`]: a response that was read to its end.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::debug::debug_fields;

/// A response of any status, read to its end.
#[derive(Clone)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

// The body is the user's data, and a header can be a cookie.
debug_fields!(RawResponse: |this| {
    status: this.status,
    length: this.body.len(),
});
