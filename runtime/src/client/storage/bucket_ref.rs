//! [`BucketRef`]: the bucket that a request is about.

use std::fmt;

use url::Url;

use super::path;
use crate::client::error::{Failure, Service};
use crate::client::transport::{Operation, Transport};

/// The bucket that a request is about, and who asks. [`Bucket`](super::Bucket) is its public face.
#[derive(Clone)]
pub(super) struct BucketRef {
    transport: Transport,
    id: String,
}

impl BucketRef {
    pub(super) fn new(transport: Transport, id: &str) -> Self {
        Self {
            transport,
            id: id.to_owned(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// For errors and logs.
    pub(super) fn operation(&self, verb: &'static str, path: &str) -> Operation {
        let path = path::cleaned(path);
        Operation::on(verb, format!("{}/{path}", self.id))
    }

    /// Returns the URL of Storage followed by `folder`, this bucket and the object's path.
    pub(super) fn url(&self, folder: &[&str], path: &str) -> Result<Url, Failure> {
        let name = path::name(path)?;
        let folder = [folder, &[&self.id]].concat();
        let mut url = self.transport.url_of(Service::Storage, &folder)?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(name.split('/'));
        }
        Ok(url)
    }
}

impl fmt::Debug for BucketRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("id", &self.id)
            .field("identity", &self.transport.identity())
            .finish_non_exhaustive()
    }
}
