//! [`Bucket`]: the files of one bucket.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use super::body::UploadBody;
use super::bucket_ref::BucketRef;
use super::copy::{Copy, Move};
use super::download::DownloadRequest;
use super::info::{self, Info};
use super::list::List;
use super::list_v2::ListV2;
use super::public_url::PublicUrl;
use super::remove::Remove;
use super::resumable::{Remote, ResumableUpload, UploadLocation, UploadResumable};
use super::signed_upload::CreateSignedUploadUrl;
use super::signed_url::{CreateSignedUrl, CreateSignedUrls};
use super::upload::{Target, Upload};
use crate::client::error::ClientError;
use crate::client::transport::Transport;

/// The files of one bucket, as one identity sees them. From [`Storage::from`](super::Storage::from).
///
/// See [how paths are written](super#paths).
#[derive(Clone)]
#[must_use = "a bucket does nothing by itself; call `upload`, `download` or another of its methods"]
pub struct Bucket(BucketRef);

impl Bucket {
    pub(super) fn new(transport: Transport, id: &str) -> Self {
        Self(BucketRef::new(transport, id))
    }

    /// Returns the id of the bucket.
    pub fn id(&self) -> &str {
        self.0.id()
    }

    /// Uploads a new object in one request. Needs a policy for `insert` on `storage.objects`, and
    /// with [`upsert`](Upload::upsert) also for `select` and `update`.
    ///
    /// Storage accepts up to 5 GB this way; it recommends
    /// [`upload_resumable`](Self::upload_resumable) above 6 MB.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient, picture: Vec<u8>) -> Result<(), ClientError> {
    /// let object = supabase
    ///     .storage()
    ///     .from("avatars")
    ///     .upload("alice/face.png", picture)
    ///     .content_type("image/png")
    ///     .metadata(&json!({ "camera": "phone" }))
    ///     .await?;
    /// assert_eq!(object.full_path, "avatars/alice/face.png");
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload(&self, path: &str, body: impl Into<UploadBody>) -> Upload {
        Upload::new(self.0.clone(), Target::New, path, body.into())
    }

    /// Replaces an object, or creates it if it does not exist: Storage does not distinguish the two. Needs
    /// policies for `insert`, `select` and `update` on `storage.objects`.
    pub fn update(&self, path: &str, body: impl Into<UploadBody>) -> Upload {
        Upload::new(self.0.clone(), Target::Replace, path, body.into())
    }

    /// Uploads in chunks of 6 MiB with the TUS protocol, and continues after a broken connection.
    /// See [`UploadResumable`].
    pub fn upload_resumable(&self, path: &str, body: impl Into<UploadBody>) -> UploadResumable {
        UploadResumable::new(self.0.clone(), path, body.into())
    }

    /// Continues an upload of an earlier run. `body` is the whole content again; the bytes that the
    /// server has already stored are skipped. See [`UploadResumable`].
    ///
    /// # Errors
    ///
    /// If `location` belongs to another bucket, or `body` has a different length. If it belongs to another
    /// project, the upload is not found: see [`finish`](ResumableUpload::finish).
    pub fn resume_upload(
        &self,
        location: &UploadLocation,
        body: impl Into<UploadBody>,
    ) -> Result<ResumableUpload, ClientError> {
        ResumableUpload::resume(self.0.clone(), location, body.into())
    }

    /// Aborts a resumable upload: the server drops what it has stored. It is not an error if the upload
    /// no longer exists.
    pub async fn abort_upload(&self, location: &UploadLocation) -> Result<(), ClientError> {
        Remote::of(self.0.clone(), location)?.abort().await
    }

    /// Downloads an object. Awaiting it returns a [`Download`](super::Download) as soon as the response
    /// headers have arrived.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let videos = supabase.storage().from("videos");
    /// let mut download = videos.download("holiday.mp4").await?;
    /// while let Some(chunk) = download.chunk().await? {
    ///     println!("{} bytes", chunk.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn download(&self, path: &str) -> DownloadRequest {
        DownloadRequest::new(self.0.clone(), path)
    }

    /// Lists the objects and folders directly in the folder `prefix`; `""` is the bucket itself.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # use supabase_task::client::storage::{ObjectColumn, SortOrder};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let newest = supabase
    ///     .storage()
    ///     .from("reports")
    ///     .list("2026")
    ///     .sort_by(ObjectColumn::CreatedAt, SortOrder::Descending)
    ///     .limit(10)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn list(&self, prefix: &str) -> List {
        List::new(self.0.clone(), prefix)
    }

    /// Lists the objects whose path starts with `prefix`, page by page; `""` lists all of them.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let reports = supabase.storage().from("reports");
    /// let mut page = reports.list_v2("2026/").limit(500).await?;
    /// while let Some(cursor) = page.next_cursor.as_deref() {
    ///     page = reports.list_v2("2026/").limit(500).cursor(cursor).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_v2(&self, prefix: &str) -> ListV2 {
        ListV2::new(self.0.clone(), prefix)
    }

    /// Deletes objects, and returns those that existed. Objects that do not exist, or that this identity may
    /// not delete, are missing from the result; they are not an error.
    ///
    /// Storage accepts 1,000 paths per request: more are sent in several requests, one after the other. If a
    /// request fails, the ones before it are done, and the error says how many paths they had. Without paths,
    /// nothing is sent.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<usize, ClientError> {
    /// let reports = supabase.storage().from("reports");
    /// let deleted = reports.remove(["2026/may.csv", "2026/june.csv"]).await?;
    /// # Ok(deleted.len())
    /// # }
    /// ```
    pub fn remove<I>(&self, paths: I) -> Remove
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Remove::new(self.0.clone(), paths)
    }

    /// Moves an object, optionally into [another bucket](Move::destination_bucket).
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let inbox = supabase.storage().from("inbox");
    /// inbox.move_to("scan.pdf", "2026/scan.pdf").destination_bucket("archive").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn move_to(&self, from: &str, to: &str) -> Move {
        Move::new(self.0.clone(), from, to)
    }

    /// Copies an object, optionally into [another bucket](Copy::destination_bucket).
    pub fn copy(&self, from: &str, to: &str) -> Copy {
        Copy::new(self.0.clone(), from, to)
    }

    /// Returns what Storage knows about an object: its size, media type and metadata.
    pub fn info(&self, path: &str) -> Info {
        Info::new(self.0.clone(), path)
    }

    /// Returns whether the object exists and this identity may read it.
    ///
    /// `false` only if Storage says that there is no such object: a missing bucket or a rejected token is
    /// an error.
    pub async fn exists(&self, path: &str) -> Result<bool, ClientError> {
        info::exists(&self.0, path).await
    }

    /// Creates a URL with which anyone can download the object for `expires_in`, in whole seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use supabase_task::client::{ClientError, UserClient};
    /// # async fn example(supabase: UserClient) -> Result<(), ClientError> {
    /// let hour = Duration::from_secs(3600);
    /// let reports = supabase.storage().from("reports");
    /// let link = reports.create_signed_url("may.csv", hour).download_as("May.csv").await?;
    /// let for_the_mail = link.expose_url();
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_signed_url(&self, path: &str, expires_in: Duration) -> CreateSignedUrl {
        CreateSignedUrl::new(self.0.clone(), path, expires_in)
    }

    /// Like [`create_signed_url`](Self::create_signed_url), for several objects: up to 1,000 in one request.
    pub fn create_signed_urls<I>(&self, paths: I, expires_in: Duration) -> CreateSignedUrls
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        CreateSignedUrls::new(self.0.clone(), paths, expires_in)
    }

    /// Creates a URL with which anyone can upload this one object within two hours. Needs a policy for
    /// `insert` on `storage.objects`.
    pub fn create_signed_upload_url(&self, path: &str) -> CreateSignedUploadUrl {
        CreateSignedUploadUrl::new(self.0.clone(), path)
    }

    /// Uploads with the token of a [`SignedUploadUrl`](super::SignedUploadUrl) instead of a policy.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, AnonClient, UserClient};
    /// # async fn example(owner: UserClient, visitor: AnonClient) -> Result<(), ClientError> {
    /// let signed = owner.storage().from("inbox").create_signed_upload_url("scan.pdf").await?;
    /// let inbox = visitor.storage().from("inbox");
    /// inbox.upload_to_signed_url("scan.pdf", signed.expose_token(), "…").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_to_signed_url(
        &self,
        path: &str,
        token: &str,
        body: impl Into<UploadBody>,
    ) -> Upload {
        let target = Target::Signed(SecretString::from(token));
        Upload::new(self.0.clone(), target, path, body.into())
    }

    /// Returns the URL of an object in a public bucket. Nothing is sent, so this does not check whether
    /// the bucket is public.
    pub fn get_public_url(&self, path: &str) -> PublicUrl {
        PublicUrl::new(self.0.clone(), path)
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
