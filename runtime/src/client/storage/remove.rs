//! [`Remove`]: objects to delete.

use std::future::IntoFuture;

use http::Method;
use serde::Serialize;

use super::bucket::Bucket;
use super::object::FileObject;
use super::path::not_empty;
use super::request::{Sent, json};
use crate::client::error::ClientError;
use crate::client::request::Operation;

/// Objects to delete. From [`Bucket::remove`].
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until it is awaited"]
pub struct Remove {
    bucket: Bucket,
    prefixes: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Entry {
    Path(String),
    #[serde(rename_all = "camelCase")]
    Version {
        path: String,
        version_id: String,
    },
}

impl Remove {
    pub(super) fn new<I>(bucket: Bucket, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let entry = |path: I::Item| Entry::Path(path.as_ref().to_owned());
        Self {
            bucket,
            prefixes: paths.into_iter().map(entry).collect(),
        }
    }

    /// Also this one version of an object, in a bucket with versions.
    pub fn version(mut self, path: &str, version_id: &str) -> Self {
        self.prefixes.push(Entry::Version {
            path: path.to_owned(),
            version_id: version_id.to_owned(),
        });
        self
    }

    async fn send(self) -> Result<Vec<FileObject>, ClientError> {
        #[derive(Serialize)]
        struct Body {
            prefixes: Vec<Entry>,
        }

        let Self { bucket, prefixes } = self;
        if prefixes.is_empty() {
            return Ok(Vec::new());
        }
        let operation = Operation::on("remove from", bucket.id().to_owned());
        let mistake = prefixes.iter().find_map(|entry| {
            let (Entry::Path(path) | Entry::Version { path, .. }) = entry;
            not_empty(path).err()
        });
        if let Some(failure) = mistake {
            return Err(bucket.transport().not_sent(operation, failure));
        }
        let path = ["object", bucket.id()];
        let body = Body { prefixes };
        let request = json(bucket.transport(), Method::DELETE, &path, operation, &body)?;
        bucket.transport().send(request).await?.decode()
    }
}

/// Sends it.
impl IntoFuture for Remove {
    type Output = Result<Vec<FileObject>, ClientError>;
    type IntoFuture = Sent<Vec<FileObject>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}
