//! Files: uploads, downloads and buckets, through Supabase Storage.
//!
//! Names and semantics follow supabase-js. [`Client::storage`](super::Client::storage) returns the
//! [`Storage`] of the client's identity; the policies on `storage.objects` apply to it as Row Level
//! Security does to tables. [`from`](Storage::from) selects a bucket. A call collects its options and
//! is sent when you await it. A mistake in the call is reported then, and nothing is sent.
//!
//! ```
//! # use std::time::Duration;
//! # use supabase_task::client::{ClientError, UserClient};
//! # async fn example(supabase: UserClient) -> Result<(), ClientError> {
//! let reports = supabase.storage().from("reports");
//! reports
//!     .upload("2026/may.csv", "day,visits\n1,42\n")
//!     .content_type("text/csv")
//!     .upsert(true)
//!     .await?;
//! let csv = reports.download("2026/may.csv").await?.bytes().await?;
//! let link = reports.create_signed_url("2026/may.csv", Duration::from_secs(3600)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Paths
//!
//! The name of an object is a path in its bucket. Special characters are encoded, so `#`, `?` and `%`
//! stay part of the name (supabase-js cuts a name at `#`). In every call, slashes at either end are
//! ignored and repeated slashes count as one: some Storage calls would keep them, in names that the
//! other calls cannot reach. A path that is empty, has a `.` or `..` segment, or is longer than 1,024
//! bytes is rejected. Storage itself accepts ASCII letters and digits and `` _/!-.*'() &$@=;:+,? `` in a
//! name, and rejects everything else with `InvalidKey`.
//!
//! # Streams
//!
//! An upload takes bytes, text, a file, a stream or a reader: see [`UploadBody`]. A [`Download`] is
//! read piece by piece, and can be the body of an upload. Neither is held in memory as a whole. For
//! both, the request timeout is the longest time without any data being transferred.
//!
//! A stream can be sent only once: if the connection breaks, start the upload again. For large files,
//! use [`upload_resumable`](Bucket::upload_resumable), which continues where it stopped, in this run
//! of the task or the next.
//!
//! # Errors
//!
//! Storage answers nearly every error with status 400 and puts the real status into the body.
//! [`ClientError::status`](super::ClientError::status) returns the one in the body.
//! [`ClientError::storage_code`](super::ClientError::storage_code) returns the error code as a type.
//!
//! # What was tested against what
//!
//! No Storage server runs in this crate's tests: `LocalSupabase` has none.
//! Every request is compared with the one recorded from supabase-js 2.119 for the same call. The
//! responses are written as Storage's source writes them (August 2026). Uploads that break off, lose a
//! response, or meet a different offset, a lock or an expired upload are tested against a server on a
//! real socket that does all of this and keeps what it received.
//!
//! Differences from supabase-js: bodies are always sent raw, where supabase-js sends a `Blob` as
//! `multipart/form-data` (the object is the same); downloads use `/object/authenticated/`, which reports
//! a rejected token, where the path of supabase-js answers "Bucket not found"; `upload_resumable` has no
//! counterpart there; more than 1,000 paths are removed or signed in several requests; `remove` without
//! paths sends nothing. Vector and analytics buckets are not supported.

mod body;
mod bucket;
mod bucket_ref;
mod buckets;
mod copy;
mod download;
mod error_code;
mod info;
mod list;
mod list_v2;
mod object;
mod options;
mod path;
mod progress;
mod public_url;
mod remove;
mod request;
mod resumable;
mod setters;
mod signed_upload;
mod signed_url;
#[cfg(test)]
mod tests;
mod transform;
mod upload;
mod waits;

use std::marker::PhantomData;

pub use self::body::UploadBody;
pub use self::bucket::Bucket;
pub use self::buckets::{
    BucketColumn, BucketInfo, CreateBucket, FileSizeLimit, ListBuckets, UpdateBucket,
};
pub use self::copy::{CopiedObject, Copy, Move, MovedObject};
pub use self::download::{Download, DownloadRequest, DownloadStream};
pub use self::error_code::StorageErrorCode;
pub use self::info::{Info, ObjectInfo};
pub use self::list::{Include, List, ObjectColumn, SortOrder};
pub use self::list_v2::{ListV2, ListedFolder, ObjectPage};
pub use self::object::{FileMetadata, FileObject};
pub use self::progress::Progress;
pub use self::public_url::PublicUrl;
pub use self::remove::Remove;
pub use self::resumable::{ResumableUpload, UploadLocation, UploadResumable};
pub use self::signed_upload::{CreateSignedUploadUrl, SignedUploadUrl};
pub use self::signed_url::{CreateSignedUrl, CreateSignedUrls, SignedPath, SignedUrl};
pub use self::transform::{ImageFormat, Resize, Transform};
pub use self::upload::{Upload, UploadedObject};
use super::transport::Transport;
use crate::auth::AuthMode;
use crate::debug::debug_fields;

/// The files of a project, as one identity sees them. From
/// [`Client::storage`](super::Client::storage).
///
/// Only the service client can manage the buckets themselves: see
/// [`create_bucket`](Storage::create_bucket) and the methods next to it.
#[must_use = "it does nothing by itself; call `from`"]
pub struct Storage<M: AuthMode> {
    transport: Transport,
    mode: PhantomData<fn() -> M>,
}

impl<M: AuthMode> Storage<M> {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            mode: PhantomData,
        }
    }

    /// Returns the files of one bucket.
    pub fn from(&self, bucket: &str) -> Bucket {
        Bucket::new(self.transport.clone(), bucket)
    }
}

impl<M: AuthMode> Clone for Storage<M> {
    fn clone(&self) -> Self {
        Self::new(self.transport.clone())
    }
}

debug_fields!([M: AuthMode] Storage<M>: |this| {
    host: this.transport.host(),
    mode: M::KIND.as_str(),
});
