//! [`DownloadRequest`]: a download, before it is sent.

use std::ops::RangeBounds;

use http::Method;
use http::header::{ACCEPT_ENCODING, RANGE};

use super::Download;
use super::part::{self, Part};
use crate::client::error::{ClientError, Failure};
use crate::client::sent::sent_when_awaited;
use crate::client::storage::bucket_ref::BucketRef;
use crate::client::storage::progress::{OnProgress, Progress};
use crate::client::storage::request::plain;
use crate::client::storage::setters::version_id_setter;
use crate::client::storage::transform::Transform;

/// A download, before it is sent. From [`Bucket::download`](crate::client::storage::Bucket::download).
#[derive(Debug)]
#[must_use = "a download does nothing until it is awaited"]
pub struct DownloadRequest {
    bucket: BucketRef,
    path: String,
    transform: Transform,
    version_id: Option<String>,
    cache_nonce: Option<String>,
    part: Option<Result<Part, Failure>>,
    progress: OnProgress,
}

impl DownloadRequest {
    pub(in crate::client::storage) fn new(bucket: BucketRef, path: &str) -> Self {
        Self {
            bucket,
            path: path.to_owned(),
            transform: Transform::new(),
            version_id: None,
            cache_nonce: None,
            part: None,
            progress: OnProgress::default(),
        }
    }

    /// Makes the server resize or convert the image before it sends it.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # use supabase_task::client::storage::{Resize, Transform};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let small = Transform::new().width(64).height(64).resize(Resize::Contain);
    /// let avatars = supabase.storage().from("avatars");
    /// let png = avatars.download("alice.png").transform(small).await?.bytes().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn transform(mut self, transform: Transform) -> Self {
        self.transform = transform;
        self
    }

    version_id_setter!();

    /// Adds a text that makes the URL unique, so that no cache serves an old version.
    pub fn cache_nonce(mut self, nonce: &str) -> Self {
        self.cache_nonce = Some(nonce.to_owned());
        self
    }

    /// Downloads only these bytes of the object, counted from 0: `..1024`, `1024..2048`, `1024..`. Bytes past
    /// the end of the object are left out. If the range begins past the end, the server answers with an error
    /// (416).
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let videos = supabase.storage().from("videos");
    /// let head = videos.download("holiday.mp4").range(..1024).await?.bytes().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn range(mut self, range: impl RangeBounds<u64>) -> Self {
        self.part = Some(Part::of(range));
        self
    }

    /// Calls `tell` for each piece that was read, however the download is read.
    pub fn progress(mut self, tell: impl FnMut(Progress) + Send + 'static) -> Self {
        self.progress = OnProgress::new(tell);
        self
    }

    async fn send(self) -> Result<Download, ClientError> {
        let operation = self.bucket.operation("download", &self.path);
        // `/object/{bucket}` treats a rejected token like a missing one, and then answers that there is no
        // such bucket.
        let folder: &[&str] = match self.transform.is_empty() {
            true => &["object", "authenticated"],
            false => &["render", "image", "authenticated"],
        };
        let transport = self.bucket.transport();
        let failed = |failure| transport.not_sent(operation.clone(), failure);
        let mut url = self.bucket.url(folder, &self.path).map_err(failed)?;
        let mut query = self.transform.query();
        query.extend(self.cache_nonce.map(|nonce| ("cacheNonce", nonce)));
        query.extend(self.version_id.map(|version| ("versionId", version)));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let part = self.part.transpose().map_err(failed)?;
        let mut request = plain(operation, Method::GET, url.clone());
        if let Some(part) = part {
            request.headers.insert(RANGE, part.header());
            request.headers.insert(ACCEPT_ENCODING, part::AS_IT_IS);
        }
        let response = transport.open(request).await?;
        if let Err(failure) = part::check(part, &response.answer) {
            return Err(response.error(failure));
        }
        Ok(Download::new(transport, url, part, response, self.progress))
    }
}

sent_when_awaited! {
    /// Sends the request, and waits for the head of the response. It is retried like all reads: see
    /// [`Client::with_retries`](crate::client::Client::with_retries).
    DownloadRequest => Download
}
