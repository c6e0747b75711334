//! [`UploadLocation`]: what a later run needs to go on.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::client::error::{ClientErrorKind, Failure, Service};
use crate::client::storage::bucket::Bucket;

/// Where an upload has begun, so that another run of a task can go on with it. Serializable: keep
/// it where the next run finds it.
///
/// It is no credential: only who may upload the object can go on. A signed upload also needs its
/// token again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadLocation {
    pub(super) url: String,
    pub(super) bucket: String,
    pub(super) path: String,
    pub(super) length: u64,
    pub(super) upsert: bool,
}

impl UploadLocation {
    /// The bucket of the object.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The path of the object in the bucket.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How many bytes the object will have.
    pub fn length(&self) -> u64 {
        self.length
    }
}

// Elsewhere the URL of an upload is all that one needs for it.
impl fmt::Debug for UploadLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadLocation")
            .field("bucket", &self.bucket)
            .field("path", &self.path)
            .field("length", &self.length)
            .field("upsert", &self.upsert)
            .finish_non_exhaustive()
    }
}

/// Where uploads are made.
pub(super) fn endpoint(bucket: &Bucket, signed: bool) -> Result<Url, Failure> {
    let path: &[&str] = match signed {
        false => &["upload", "resumable"],
        true => &["upload", "resumable", "sign"],
    };
    bucket.transport().url_of(Service::Storage, path)
}

/// `url`, if it is where this project has its uploads: the keys go there.
pub(super) fn checked(bucket: &Bucket, url: &str) -> Result<Url, Failure> {
    let Ok(url) = Url::parse(url) else {
        return Err(Failure::invalid("the location of the upload is not a URL"));
    };
    let own = endpoint(bucket, false)?;
    if url.origin() != own.origin() {
        let message = format!(
            "the upload would go on at `{}`, which is not the project `{}`, so the keys are not \
             sent there",
            url.origin().ascii_serialization(),
            own.origin().ascii_serialization(),
        );
        return Err(Failure::new(ClientErrorKind::Redirect, message));
    }
    // `Url` has resolved `..` already.
    let below = url
        .path()
        .strip_prefix(own.path())
        .and_then(|rest| rest.strip_prefix('/'));
    let credentials = !url.username().is_empty() || url.password().is_some();
    if below.is_none_or(str::is_empty) || credentials {
        let message = "the upload would go on outside of the place where the project has uploads";
        return Err(Failure::new(ClientErrorKind::Redirect, message));
    }
    Ok(url)
}
