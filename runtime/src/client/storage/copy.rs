//! [`Copy`] and [`Move`]: requests to copy or move an object.

use http::Method;
use serde::{Deserialize, Serialize};

use super::bucket_ref::BucketRef;
use super::path;
use super::request::{UPSERT, flag, json};
use crate::client::error::ClientError;
use crate::client::sent::sent_when_awaited;
use crate::client::transport::Request;

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    bucket_id: String,
    source_key: String,
    destination_key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_bucket: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_version_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copy_metadata: Option<bool>,
    #[serde(skip_serializing_if = "Overrides::is_empty")]
    metadata: Overrides,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Overrides {
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_control: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mimetype: Option<String>,
}

impl Overrides {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Body {
    fn new(bucket: &BucketRef, from: &str, to: &str) -> Self {
        Self {
            bucket_id: bucket.id().to_owned(),
            source_key: path::cleaned(from),
            destination_key: path::cleaned(to),
            ..Self::default()
        }
    }

    fn request(&self, bucket: &BucketRef, verb: &'static str) -> Result<Request, ClientError> {
        let transport = bucket.transport();
        let operation = bucket.operation(verb, &self.source_key);
        for path in [&self.source_key, &self.destination_key] {
            path::name(path).map_err(|failure| transport.not_sent(operation.clone(), failure))?;
        }
        json(transport, Method::POST, &["object", verb], operation, self)
    }
}

/// A request to move an object. From [`Bucket::move_to`](crate::client::storage::Bucket::move_to).
#[derive(Clone, Debug)]
#[must_use = "nothing is moved until it is awaited"]
pub struct Move {
    bucket: BucketRef,
    body: Body,
}

/// An object that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MovedObject {
    /// The id, if the server reports it.
    #[serde(rename = "Id")]
    pub id: Option<String>,
    /// The new path in its bucket, if the server reports it.
    #[serde(rename = "Key")]
    pub path: Option<String>,
}

impl Move {
    pub(super) fn new(bucket: BucketRef, from: &str, to: &str) -> Self {
        let body = Body::new(&bucket, from, to);
        Self { bucket, body }
    }

    /// Sets the destination bucket. The same bucket by default.
    pub fn destination_bucket(mut self, bucket: &str) -> Self {
        self.body.destination_bucket = Some(bucket.to_owned());
        self
    }

    /// Selects this version of the object, in a bucket with versioning.
    pub fn source_version_id(mut self, version: &str) -> Self {
        self.body.source_version_id = Some(version.to_owned());
        self
    }

    async fn send(self) -> Result<MovedObject, ClientError> {
        let request = self.body.request(&self.bucket, "move")?;
        self.bucket.transport().send(request).await?.decode()
    }
}

sent_when_awaited! {
    /// Sends the request.
    Move => MovedObject
}

/// A request to copy an object. From [`Bucket::copy`](crate::client::storage::Bucket::copy).
#[derive(Clone, Debug)]
#[must_use = "nothing is copied until it is awaited"]
pub struct Copy {
    bucket: BucketRef,
    body: Body,
    upsert: bool,
}

/// An object that was copied.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CopiedObject {
    /// The id of the copy, if the server reports it.
    #[serde(rename = "Id")]
    pub id: Option<String>,
    /// The path of the copy, prefixed with its bucket.
    #[serde(rename = "Key")]
    pub full_path: String,
}

impl Copy {
    pub(super) fn new(bucket: BucketRef, from: &str, to: &str) -> Self {
        Self {
            body: Body::new(&bucket, from, to),
            bucket,
            upsert: false,
        }
    }

    /// Sets the destination bucket. The same bucket by default.
    pub fn destination_bucket(mut self, bucket: &str) -> Self {
        self.body.destination_bucket = Some(bucket.to_owned());
        self
    }

    /// Selects this version of the object, in a bucket with versioning.
    pub fn source_version_id(mut self, version: &str) -> Self {
        self.body.source_version_id = Some(version.to_owned());
        self
    }

    /// Sets whether to replace an existing object, which is an error by default.
    pub fn upsert(mut self, upsert: bool) -> Self {
        self.upsert = upsert;
        self
    }

    /// Sets whether the copy gets the metadata of the object, which it does by default.
    /// [`cache_control`](Self::cache_control), [`content_encoding`](Self::content_encoding) and
    /// [`content_type`](Self::content_type) take effect only with `false`.
    pub fn copy_metadata(mut self, copy: bool) -> Self {
        self.body.copy_metadata = Some(copy);
        self
    }

    /// Sets the whole `Cache-Control` of the copy, such as `max-age=3600`.
    pub fn cache_control(mut self, cache_control: &str) -> Self {
        self.body.metadata.cache_control = Some(cache_control.to_owned());
        self
    }

    /// Sets the content encoding of the copy; `""` for none.
    pub fn content_encoding(mut self, encoding: &str) -> Self {
        self.body.metadata.content_encoding = Some(encoding.to_owned());
        self
    }

    /// Sets the media type of the copy.
    pub fn content_type(mut self, media_type: &str) -> Self {
        self.body.metadata.mimetype = Some(media_type.to_owned());
        self
    }

    async fn send(mut self) -> Result<CopiedObject, ClientError> {
        // As in supabase-js: otherwise the server would take the overrides for the copied metadata.
        if self.body.copy_metadata != Some(false) {
            self.body.metadata = Overrides::default();
        }
        let mut request = self.body.request(&self.bucket, "copy")?;
        if self.upsert {
            request.headers.insert(UPSERT, flag(true));
        }
        self.bucket.transport().send(request).await?.decode()
    }
}

sent_when_awaited! {
    /// Sends the request.
    Copy => CopiedObject
}
