//! [`UploadResumable`]: a resumable upload, before it is started.

use std::time::Duration;

use http::Method;
use secrecy::SecretString;
use serde::Serialize;

use super::location::{self, UploadLocation};
use super::protocol::{self, Remote};
use super::source::Source;
use super::upload::ResumableUpload;
use crate::client::error::{ClientError, Failure};
use crate::client::sent::sent_when_awaited;
use crate::client::storage::body::UploadBody;
use crate::client::storage::bucket_ref::BucketRef;
use crate::client::storage::options::UploadOptions;
use crate::client::storage::path::cleaned;
use crate::client::storage::progress::{OnProgress, Progress};
use crate::client::storage::upload::UploadedObject;
use crate::client::storage::waits::Waits;

/// An upload in chunks of 6 MiB, which continues after a broken connection. From
/// [`Bucket::upload_resumable`](crate::client::storage::Bucket::upload_resumable).
///
/// The length must be known: bytes and files have one; for a stream, set it with
/// [`with_length`](UploadBody::with_length). One chunk is in memory at a time (with a stream, briefly a
/// second one after a chunk that broke off).
///
/// Awaiting it uploads everything. After a broken connection, a 5xx, a lock or a different offset, it
/// asks the server how much is stored and continues from there: only the rest of the chunk that broke
/// off is sent twice. It fails after seven failures in a row without a byte stored in between, which
/// take about half a minute unless the server asks for longer waits. It also fails at the client's
/// deadline, or if the server asks for a wait of more than 30 seconds.
///
/// To continue in a later run of the task, save the [`location`](ResumableUpload::location) of the
/// [`start`](Self::start)ed upload. Storage keeps an upload for a day, or as long as the project
/// specifies.
///
/// ```
/// # use supabase_task::client::{ClientError, UserClient};
/// # use supabase_task::client::storage::{UploadBody, UploadLocation};
/// # async fn save(location: &UploadLocation) -> Result<(), ClientError> { Ok(()) }
/// # async fn example(
/// #     supabase: UserClient, earlier: Option<UploadLocation>, video: UploadBody,
/// # ) -> Result<(), ClientError> {
/// let videos = supabase.storage().from("videos");
/// let mut upload = match earlier {
///     Some(location) => videos.resume_upload(&location, video)?,
///     None => videos.upload_resumable("holiday.mp4", video).content_type("video/mp4").start().await?,
/// };
/// save(upload.location()).await?;
/// upload.finish().await?;
/// # Ok(())
/// # }
/// ```
///
/// Source: <https://supabase.com/docs/guides/storage/uploads/resumable-uploads>
#[derive(Debug)]
#[must_use = "an upload does nothing until it is awaited"]
pub struct UploadResumable {
    bucket: BucketRef,
    path: String,
    body: UploadBody,
    options: UploadOptions,
    progress: OnProgress,
    token: Option<SecretString>,
    first_wait: Duration,
}

impl UploadResumable {
    pub(in crate::client::storage) fn new(bucket: BucketRef, path: &str, body: UploadBody) -> Self {
        Self {
            bucket,
            path: cleaned(path),
            body,
            options: UploadOptions::default(),
            progress: OnProgress::default(),
            token: None,
            first_wait: Waits::FIRST,
        }
    }

    /// Sets the media type of the object, such as `video/mp4`. The default is
    /// `text/plain;charset=UTF-8`, whatever the content.
    pub fn content_type(mut self, media_type: &str) -> Self {
        self.options.content_type = media_type.to_owned();
        self
    }

    /// Sets how long browsers and the CDN may cache the object, in whole seconds. One hour by default.
    pub fn cache_control(mut self, max_age: Duration) -> Self {
        self.options.cache_control = max_age;
        self
    }

    /// Sets whether to replace an existing object, which is an error by default. Use it in a task that
    /// may run again.
    pub fn upsert(mut self, upsert: bool) -> Self {
        self.options.upsert = upsert;
        self
    }

    /// Sets your own metadata about the object: a struct or map.
    pub fn metadata<T: Serialize + ?Sized>(mut self, metadata: &T) -> Self {
        self.options.set_metadata(metadata);
        self
    }

    /// Uploads with the token of a [`SignedUploadUrl`](crate::client::storage::SignedUploadUrl)
    /// instead of a policy.
    pub fn signed_with(mut self, token: &str) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Calls `tell` whenever the server has stored more.
    pub fn progress(mut self, tell: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = OnProgress::new(tell);
        self
    }

    /// Creates the upload on the server, without sending any of its bytes. It is retried like the rest of
    /// an upload.
    pub async fn start(self) -> Result<ResumableUpload, ClientError> {
        let (bucket, path, body) = (self.bucket, self.path, self.body);
        let (options, token) = (self.options, self.token);
        let operation = bucket.operation(protocol::VERB, &path);
        let failed = |failure| bucket.transport().not_sent(operation.clone(), failure);
        // The path is not part of this URL, but is checked as if it were.
        bucket.url(&["object"], &path).map_err(failed)?;
        let Some(length) = body.length() else {
            return Err(failed(Failure::invalid(
                "the length of a resumable upload must be known: set it with `with_length`",
            )));
        };
        let upsert = options.upsert;
        let url = location::endpoint(&bucket, token.is_some()).map_err(failed)?;
        let headers = protocol::creation(bucket.id(), &path, length, options).map_err(failed)?;
        let mut waits = Waits::new(self.first_wait, bucket.transport().deadline());
        let id = loop {
            let made = protocol::request(
                operation.clone(),
                Method::POST,
                url.clone(),
                upsert,
                token.as_ref(),
            );
            let mut request = made.map_err(failed)?;
            request.headers.extend(headers.clone());
            // Trying again is harmless: an upload whose response was lost has no bytes and is not an object,
            // and Storage drops it after a day.
            match bucket.transport().send(request).await {
                Ok(response) => match protocol::id_in(&response.raw.headers, bucket.id(), &path) {
                    Ok(id) => break id,
                    Err(failure) => return Err(response.fail(failure)),
                },
                // No connection of this upload can hold a lock yet.
                Err(error) if matches!(error.status(), Some(409 | 423)) => return Err(error),
                Err(error) => drop(waits.after(error).await?),
            }
        };
        let location = UploadLocation {
            id,
            bucket: bucket.id().to_owned(),
            path,
            length,
            upsert,
        };
        let remote = Remote {
            bucket,
            location,
            token,
        };
        let source = Source::new(body, length);
        Ok(ResumableUpload::new(remote, source, self.progress, Some(0)))
    }

    async fn send(self) -> Result<UploadedObject, ClientError> {
        self.start().await?.finish().await
    }
}

#[cfg(test)]
impl UploadResumable {
    pub(super) fn with_first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }
}

sent_when_awaited! {
    /// Uploads everything.
    UploadResumable => UploadedObject
}
