//! [`Upload`]: an upload in one request.

use std::fmt;
use std::time::Duration;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::body::UploadBody;
use super::bucket_ref::BucketRef;
use super::options::UploadOptions;
use super::path;
use super::progress::{OnProgress, Progress};
use super::request::{UPSERT, flag, plain};
use crate::client::error::{ClientError, Failure};
use crate::client::sent::sent_when_awaited;
use crate::client::transport::{Operation, Request};

/// An upload in one request. From [`Bucket::upload`](crate::client::storage::Bucket::upload), [`Bucket::update`](crate::client::storage::Bucket::update) or
/// [`Bucket::upload_to_signed_url`](crate::client::storage::Bucket::upload_to_signed_url).
#[derive(Debug)]
#[must_use = "an upload does nothing until it is awaited"]
pub struct Upload {
    bucket: BucketRef,
    target: Target,
    path: String,
    body: UploadBody,
    options: UploadOptions,
    progress: OnProgress,
}

/// Where an upload goes.
pub(super) enum Target {
    New,
    Replace,
    Signed(SecretString),
}

/// An object that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadedObject {
    /// The id of the object. `None` for uploads to a signed URL and for resumable uploads.
    pub id: Option<String>,
    /// The path in the bucket.
    pub path: String,
    /// The path, prefixed with the bucket.
    pub full_path: String,
}

impl Upload {
    pub(super) fn new(bucket: BucketRef, target: Target, path: &str, body: UploadBody) -> Self {
        Self {
            bucket,
            target,
            path: path::cleaned(path),
            body,
            options: UploadOptions::default(),
            progress: OnProgress::default(),
        }
    }

    /// Sets the media type of the object, such as `video/mp4`. As in supabase-js, the default is
    /// `text/plain;charset=UTF-8`, whatever the content.
    pub fn content_type(mut self, media_type: &str) -> Self {
        self.options.content_type = media_type.to_owned();
        self
    }

    /// Sets the encoding that the bytes already have, such as `gzip`. This crate encodes nothing.
    ///
    /// Storage keeps it from version 1.80 on. Older versions ignore it, and so did the server of August
    /// 2026 that this was tried with: check the headers of a download before you rely on it.
    pub fn content_encoding(mut self, encoding: &str) -> Self {
        self.options.content_encoding = Some(encoding.to_owned());
        self
    }

    /// Sets how long browsers and the CDN may cache the object, in whole seconds. One hour by default.
    pub fn cache_control(mut self, max_age: Duration) -> Self {
        self.options.cache_control = max_age;
        self
    }

    /// Sets whether to replace an existing object, which is an error
    /// ([`is_conflict`](ClientError::is_conflict)) by default. Use it in a task that may run again.
    ///
    /// It has no effect on [`Bucket::update`](crate::client::storage::Bucket::update), which always replaces, or on a signed URL, which was
    /// created with or without it.
    pub fn upsert(mut self, upsert: bool) -> Self {
        self.options.upsert = upsert;
        self
    }

    /// Sets your own metadata about the object: a struct or map. [`Bucket::info`](crate::client::storage::Bucket::info) returns it.
    pub fn metadata<T: Serialize + ?Sized>(mut self, metadata: &T) -> Self {
        self.options.set_metadata(metadata);
        self
    }

    /// Calls `tell` for each piece that is handed to the connection.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient, video: Vec<u8>) -> Result<(), ClientError> {
    /// supabase
    ///     .storage()
    ///     .from("videos")
    ///     .upload("holiday.mp4", video)
    ///     .progress(|progress| println!("{} of {:?} bytes", progress.bytes, progress.total))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(mut self, tell: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = OnProgress::new(tell);
        self
    }

    async fn send(self) -> Result<UploadedObject, ClientError> {
        let (bucket, path) = (self.bucket.clone(), self.path.clone());
        let transport = bucket.transport();
        let operation = bucket.operation(self.target.verb(), &path);
        let request = self.request(operation.clone());
        let request = request.map_err(|failure| transport.not_sent(operation, failure))?;
        let stored: Stored = transport.open(request).await?.whole().await?.decode()?;
        Ok(UploadedObject {
            id: stored.id,
            path,
            full_path: stored.key,
        })
    }

    fn request(self, operation: Operation) -> Result<Request, Failure> {
        let (method, folder): (_, &[&str]) = match &self.target {
            Target::New => (Method::POST, &["object"]),
            Target::Replace => (Method::PUT, &["object"]),
            Target::Signed(_) => (Method::PUT, &["object", "upload", "sign"]),
        };
        let mut url = self.bucket.url(folder, &self.path)?;
        if let Target::Signed(token) = &self.target {
            url.query_pairs_mut()
                .append_pair("token", token.expose_secret());
        }
        let mut request = plain(operation, method, url);
        if !matches!(self.target, Target::Replace) {
            request.headers.insert(UPSERT, flag(self.options.upsert));
        }
        request.headers.extend(self.options.headers()?);
        request.body = self.body.into_body(self.progress);
        Ok(request)
    }
}

sent_when_awaited! {
    /// Sends the request. It completes when the server has answered that it has the whole object.
    Upload => UploadedObject
}

impl Target {
    fn verb(&self) -> &'static str {
        match self {
            Self::New => "upload",
            Self::Replace => "update",
            Self::Signed(_) => "upload to signed URL",
        }
    }
}

// The token is a credential.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verb())
    }
}

#[derive(Deserialize)]
struct Stored {
    #[serde(rename = "Id")]
    id: Option<String>,
    #[serde(rename = "Key")]
    key: String,
}
