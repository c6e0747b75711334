//! [`Remove`]: a request to delete objects.

use http::Method;
use serde::Serialize;

use super::bucket_ref::BucketRef;
use super::object::FileObject;
use super::path;
use super::request::json;
use crate::client::error::ClientError;
use crate::client::sent::sent_when_awaited;
use crate::client::transport::Operation;

/// A request to delete objects. From [`Bucket::remove`](crate::client::storage::Bucket::remove).
#[derive(Clone, Debug)]
#[must_use = "nothing is deleted until it is awaited"]
pub struct Remove {
    bucket: BucketRef,
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
    pub(super) fn new<I>(bucket: BucketRef, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let entry = |path: I::Item| Entry::Path(path::cleaned(path.as_ref()));
        Self {
            bucket,
            prefixes: paths.into_iter().map(entry).collect(),
        }
    }

    /// Also deletes this one version of an object, in a bucket with versioning.
    pub fn version(mut self, path: &str, version_id: &str) -> Self {
        self.prefixes.push(Entry::Version {
            path: path::cleaned(path),
            version_id: version_id.to_owned(),
        });
        self
    }

    async fn send(self) -> Result<Vec<FileObject>, ClientError> {
        #[derive(Serialize)]
        struct Body<'a> {
            prefixes: &'a [Entry],
        }

        let Self { bucket, prefixes } = self;
        let transport = bucket.transport();
        let operation = Operation::on("remove from", bucket.id().to_owned());
        for entry in &prefixes {
            let (Entry::Path(path) | Entry::Version { path, .. }) = entry;
            path::name(path).map_err(|failure| transport.not_sent(operation.clone(), failure))?;
        }
        let mut removed = Vec::new();
        for (count, prefixes) in prefixes.chunks(path::MOST).enumerate() {
            let path = ["object", bucket.id()];
            let body = Body { prefixes };
            let request = json(transport, Method::DELETE, &path, operation.clone(), &body)?;
            let answer = transport.send(request).await;
            let answer = answer.and_then(|answer| answer.decode::<Vec<FileObject>>());
            removed.extend(answer.map_err(|error| error.after(count * path::MOST, "paths"))?);
        }
        Ok(removed)
    }
}

sent_when_awaited! {
    /// Sends the request.
    Remove => Vec<FileObject>
}
