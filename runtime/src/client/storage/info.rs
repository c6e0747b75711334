//! [`ObjectInfo`]: what Storage knows about one object.

use http::{Method, StatusCode};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::bucket_ref::BucketRef;
use super::error_code::StorageErrorCode;
use super::request::plain;
use super::setters::version_id_setter;
use crate::client::error::{ClientError, ClientErrorKind};
use crate::client::sent::sent_when_awaited;

/// A request for information about one object. From [`Bucket::info`](crate::client::storage::Bucket::info).
#[derive(Clone, Debug)]
#[must_use = "it does nothing until it is awaited"]
pub struct Info {
    bucket: BucketRef,
    path: String,
    version_id: Option<String>,
}

/// What Storage knows about one object. Times are RFC 3339 text.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ObjectInfo {
    /// The id.
    pub id: String,
    /// The path in the bucket.
    pub name: String,
    /// The version of the content.
    pub version: Option<String>,
    /// The bucket.
    pub bucket_id: Option<String>,
    /// The size in bytes.
    pub size: Option<u64>,
    /// The media type.
    pub content_type: Option<String>,
    /// The encoding of the bytes, such as `gzip`.
    pub content_encoding: Option<String>,
    /// The `Cache-Control` header that the object is served with.
    pub cache_control: Option<String>,
    /// The entity tag, with its quotes.
    pub etag: Option<String>,
    /// The [`metadata`](super::Upload::metadata) set by the upload.
    #[serde(default, deserialize_with = "empty_if_null")]
    pub metadata: Map<String, Value>,
    /// When the object was created.
    pub created_at: Option<String>,
    /// When the object last changed.
    pub last_modified: Option<String>,
    /// When this version was replaced, in a bucket with versioning.
    pub archived_at: Option<String>,
    /// Whether this version is a delete marker, which records that the object was deleted.
    pub is_delete_marker: Option<bool>,
    /// Whether the object was created while the bucket had versioning.
    pub is_versioned: Option<bool>,
}

fn empty_if_null<'de, D: Deserializer<'de>>(map: D) -> Result<Map<String, Value>, D::Error> {
    Option::deserialize(map).map(Option::unwrap_or_default)
}

impl Info {
    pub(super) fn new(bucket: BucketRef, path: &str) -> Self {
        Self {
            bucket,
            path: path.to_owned(),
            version_id: None,
        }
    }

    version_id_setter!();

    async fn send(self) -> Result<ObjectInfo, ClientError> {
        let operation = self.bucket.operation("info of", &self.path);
        let transport = self.bucket.transport();
        let url = self
            .bucket
            .url(&["object", "info", "authenticated"], &self.path);
        let mut url = url.map_err(|failure| transport.not_sent(operation.clone(), failure))?;
        if let Some(version) = &self.version_id {
            url.query_pairs_mut().append_pair("versionId", version);
        }
        let request = plain(operation, Method::GET, url);
        transport.send(request).await?.decode()
    }
}

sent_when_awaited! {
    /// Sends the request.
    Info => ObjectInfo
}

pub(super) async fn exists(bucket: &BucketRef, path: &str) -> Result<bool, ClientError> {
    match Info::new(bucket.clone(), path).send().await {
        Ok(_) => Ok(true),
        Err(error) if says_no_such_object(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

fn says_no_such_object(error: &ClientError) -> bool {
    match error.storage_code() {
        Some(code) => code == StorageErrorCode::NoSuchKey,
        // Server versions without codes also answer 404 for a missing bucket.
        None => {
            error.kind() == ClientErrorKind::Server
                && error.status() == Some(StatusCode::NOT_FOUND.as_u16())
                && error.message() != "Bucket not found"
        }
    }
}
