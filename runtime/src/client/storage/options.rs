//! The options of an upload.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use serde::Serialize;

use crate::client::error::Failure;
use crate::client::to_json::to_json;
use crate::client::transport::Headers;

const METADATA: HeaderName = HeaderName::from_static("x-metadata");

/// The defaults are supabase-js's.
#[derive(Debug)]
pub(super) struct UploadOptions {
    pub(super) content_type: String,
    pub(super) content_encoding: Option<String>,
    pub(super) cache_control: Duration,
    pub(super) upsert: bool,
    pub(super) metadata: Option<Result<Bytes, Failure>>,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            content_type: "text/plain;charset=UTF-8".to_owned(),
            content_encoding: None,
            cache_control: Duration::from_secs(3600),
            upsert: false,
            metadata: None,
        }
    }
}

impl UploadOptions {
    pub(super) fn set_metadata<T: Serialize + ?Sized>(&mut self, metadata: &T) {
        let json = to_json("the value", metadata).and_then(|json| match json.first() {
            Some(b'{') => Ok(json),
            _ => Err(Failure::invalid(
                "the metadata is not a JSON object; pass a struct or a map",
            )),
        });
        self.metadata = Some(json);
    }

    /// The headers of an upload in one request.
    pub(super) fn headers(self) -> Result<Headers, Failure> {
        let mut headers = Headers::default();
        headers.insert(CONTENT_TYPE, value("content type", self.content_type)?);
        let cache_control = format!("max-age={}", self.cache_control.as_secs());
        headers.insert(CACHE_CONTROL, value("cache control", cache_control)?);
        if let Some(encoding) = self.content_encoding {
            headers.insert(CONTENT_ENCODING, value("content encoding", encoding)?);
        }
        if let Some(metadata) = self.metadata {
            let metadata = BASE64_STANDARD.encode(metadata?);
            headers.insert(METADATA, value("metadata", metadata)?);
        }
        Ok(headers)
    }
}

/// Converts `text` to the value of a header.
pub(super) fn value(what: &str, text: String) -> Result<HeaderValue, Failure> {
    HeaderValue::try_from(text).map_err(|_| {
        let message = format!("the {what} contains characters that a header cannot carry");
        Failure::invalid(message)
    })
}
