//! Files: uploads, downloads and buckets, through Supabase Storage.
//!
//! Names and meaning are supabase-js's. [`Client::storage`](super::Client::storage) gives the
//! [`Storage`] of the client's identity; the policies on `storage.objects` hold for it as Row Level
//! Security does for tables. [`from`](Storage::from) picks a bucket. A call collects what is asked
//! for, and is sent when it is awaited; a mistake in it is reported there, and nothing is sent.
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
//! The name of an object is a path in its bucket. Whatever it holds is encoded, so that `#`, `?` or
//! `%` stay part of the name (supabase-js cuts a name at `#`). Slashes at either end are ignored, and
//! several in a row are one, in every call alike: Storage would keep them in some, in names that no
//! other reaches. A path that is empty, has `.` or `..` between slashes, or is longer than 1,024
//! bytes, is refused. Storage itself takes letters and digits of ASCII and `` _/!-.*'() &$@=;:+,? `` in a name,
//! and refuses the rest with `InvalidKey`.
//!
//! # Streams
//!
//! An upload takes bytes, text, a file, a stream or a reader: see [`UploadBody`]. A [`Download`] is
//! read piece by piece, and can be the body of an upload. Neither is held in memory as a whole, and
//! the timeout of a request is for them the longest time in which nothing moves.
//!
//! A stream can be sent once: if the connection breaks, the upload has to be made anew. For large
//! files there is [`upload_resumable`](Bucket::upload_resumable), which goes on where it was, in
//! this run of the task or the next.
//!
//! # Errors
//!
//! Storage answers 400 to nearly everything and names what it means in the body, so
//! [`ClientError::status`](super::ClientError::status) is that one.
//! [`ClientError::storage_code`](super::ClientError::storage_code) is the code as a type.
//!
//! # What was tested against what
//!
//! No Storage server runs in this crate's tests: `LocalSupabase` has none.
//! Every request is compared with what supabase-js 2.119 sends for the same call, as recorded from
//! it. What comes back is written as Storage's source writes it (August 2026). Uploads that break
//! off, lose an answer, meet another offset, a lock or an expired upload are tested against a server
//! on a real socket that does all this, and keeps what it received.
//!
//! What differs from supabase-js: bodies are always sent raw, where it sends a `Blob` as
//! `multipart/form-data` (the object is the same); downloads go by `/object/authenticated/`, which says
//! that a token is refused, where its path says "Bucket not found"; `upload_resumable` has no counterpart
//! there; more than 1,000 paths are removed or signed in several requests;
//! `remove` of no path sends nothing. Vector and analytics buckets are not here.

mod body;
mod bucket;
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
mod signed_upload;
mod signed_url;
#[cfg(test)]
mod tests;
mod transform;
mod upload;
mod waits;

use std::fmt;
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

/// The files of a project, as one identity sees them. From
/// [`Client::storage`](super::Client::storage).
///
/// The buckets themselves are for the service client alone:
/// [`create_bucket`](Storage::create_bucket) and what stands beside it.
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

    /// The files of one bucket.
    pub fn from(&self, bucket: &str) -> Bucket {
        Bucket::new(self.transport.clone(), bucket)
    }
}

impl<M: AuthMode> Clone for Storage<M> {
    fn clone(&self) -> Self {
        Self::new(self.transport.clone())
    }
}

impl<M: AuthMode> fmt::Debug for Storage<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Storage")
            .field("host", &self.transport.host())
            .field("mode", &M::KIND.as_str())
            .finish_non_exhaustive()
    }
}
