//! [`RawResponse`]: a response that was read to its end.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// A response of any status, read to its end.
#[derive(Clone)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

// The body is the user's data, and a header can be a cookie.
impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("status", &self.status)
            .field("length", &self.body.len())
            .finish_non_exhaustive()
    }
}
